// Frames that unwinders get wrong: recursion with alloca, a realigned stack, callbacks through
// libc, a signal handler that recurses, and PLT stubs. Runs in a second thread if told so.
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static volatile unsigned long sink;

__attribute__((noinline)) static unsigned long recurse(int n, unsigned long seed) {
  char *room = alloca(16 + seed % 200);
  memset(room, n, 16 + seed % 200);
  unsigned long sum = n > 0 ? recurse(n - 1, seed * 6364136223846793005UL + n) : seed;
  return sum + room[3];
}

__attribute__((noinline)) static unsigned long realigned(int n) {
  double wide[16] __attribute__((aligned(64)));
  for (int i = 0; i < 16; i++) wide[i] = n * i;
  memmove(wide, wide + 2, 64);
  return (n > 0 ? realigned(n - 1) : recurse(5, n)) + (unsigned long)wide[n & 15];
}

static int compare(const void *a, const void *b) {
  sink += recurse(2, *(const int *)a);
  return *(const int *)a - *(const int *)b;
}

static void handler(int number) {
  (void)number;
  sink += recurse(10, sink) + realigned(3);
}

static void *work(void *argument) {
  (void)argument;
  printf("ready %ld\n", syscall(SYS_gettid));
  fflush(stdout);
  struct itimerval period = {{0, 700}, {0, 700}};
  setitimer(ITIMER_PROF, &period, NULL);
  for (;;) {
    int values[40];
    for (int i = 0; i < 40; i++) values[i] = i * 7919 % 101;
    qsort(values, 40, sizeof *values, compare);
    sink += recurse(40, sink) + realigned(6) + strlen(getenv("PATH"));
  }
}

int main(int count, char **arguments) {
  (void)arguments;
  signal(SIGPROF, handler);
  if (count < 2) work(NULL);
  sigset_t set;
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  sigemptyset(&set);
  sigaddset(&set, SIGPROF);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_join(thread, NULL);
}
