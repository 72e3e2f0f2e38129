// A program that knows every signal that it sent to itself, and sees what else it gets:
//   signal_owner PATH own       its thread sends itself SIGUSR2, and each must have been handled when the call returns
//   signal_owner PATH taken     blocks what a recorder might use, once it works, and takes it by signalfd
//   signal_owner PATH handled   handles it, once it works
// Speaks the handshake of Tests/Programs/README.md; works until a second line comes. PATH is ignored.
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile long handled, foreign;

static void count_own(int number) {
  (void)number;
  handled++;
}

static void count_foreign(int number) {
  (void)number;
  foreign++;
}

static void wait_for_line(void) {
  char byte = 0;
  while (byte != '\n' && read(0, &byte, 1) == 1) {
  }
}

static int is_told(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  return poll(&input, 1, 0) == 1;
}

static void burn(int rounds) {
  for (volatile int i = 0; i < rounds; i++) {
  }
}

static void send_to_itself(long *sent, long *lost) {
  long before = handled;
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR2);
  ++*sent;
  if (handled != before + 1) ++*lost;
  burn(20000);
}

static void take(int descriptor) {
  struct signalfd_siginfo info;
  while (read(descriptor, &info, sizeof info) == sizeof info) foreign++;
  burn(20000);
}

int main(int count, char **words) {
  const char *mode = count > 2 ? words[2] : "own";
  static const int candidates[] = {SIGURG, SIGWINCH, SIGCHLD};
  long sent = 0, lost = 0;
  signal(SIGUSR2, count_own);
  printf("{\"ready\": true, \"pid\": %d}\n", getpid());
  fflush(stdout);
  wait_for_line();
  int descriptor = -1;
  if (strcmp(mode, "taken") == 0) {
    // Ticks have come by then.
    for (clock_t end = clock() + CLOCKS_PER_SEC / 2; clock() < end;) burn(20000);
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < 3; i++) sigaddset(&set, candidates[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    descriptor = signalfd(-1, &set, SFD_NONBLOCK);
  } else if (strcmp(mode, "handled") == 0) {
    for (int i = 0; i < 3; i++) signal(candidates[i], count_foreign);
  }
  while (!is_told()) {
    if (strcmp(mode, "own") == 0) send_to_itself(&sent, &lost);
    else if (descriptor >= 0) take(descriptor);
    else burn(20000);
  }
  printf("{\"truth\": true, \"sent\": %ld, \"lost\": %ld, \"foreign\": %ld}\n", sent, lost, foreign);
  return 0;
}
