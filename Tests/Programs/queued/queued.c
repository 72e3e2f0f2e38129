// A handler that keeps the siginfo of each signal, which Python's own throws away.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

struct entry {
  int number;
  int code;
  int pid;
  int value;
};

enum { CAPACITY = 1 << 20 };

static struct entry entries[CAPACITY];
static atomic_int count;

static void keep(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  int index = atomic_fetch_add(&count, 1);
  if (index < CAPACITY)
    entries[index] = (struct entry){number, info->si_code, info->si_pid, info->si_value.sival_int};
  errno = saved;
}

// Handles `number` from now on; calls that it interrupts are made again.
int queued_catch(int number) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = keep;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  return sigaction(number, &action, NULL);
}

int queued_count(void) { return atomic_load(&count); }

const struct entry *queued_entry(int index) { return &entries[index]; }

// Sends `number` with `value`; waits while the queue of the receiver is full.
int queued_send(int pid, int number, int value) {
  union sigval payload = {.sival_int = value};
  while (sigqueue(pid, number, payload) < 0) {
    if (errno != EAGAIN) return -errno;
    usleep(1000);
  }
  return 0;
}
