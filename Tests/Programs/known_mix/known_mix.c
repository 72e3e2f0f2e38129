// Named functions that burn a known amount of thread CPU time. known_mix.py calls them with and
// without the GIL; what they return is the truth that a recording is compared with.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <time.h>

// One function is one frame: no inlining, no clone with another name. Tail calls, which would
// lose the caller, are switched off in build.sh.
#define FRAME __attribute__((noipa))

// CPU time between two readings of the clock. CLOCK_THREAD_CPUTIME_ID is a system call, so it is
// read rarely: well under 0.1 % of the time goes there.
static const double chunk_seconds = 0.0005;

static double turns_per_second;

static double thread_cpu(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline __attribute__((always_inline)) void turn(uint64_t turns) {
  uint64_t x = turns | 1;
  for (uint64_t i = 0; i < turns; i++) {
    x = x * 6364136223846793005u + 1442695040888963407u;
    __asm__ volatile("" : "+r"(x));
  }
}

// Inlined into each named function, so that the time is that function's own.
static inline __attribute__((always_inline)) double burn_here(double seconds) {
  double start = thread_cpu(), end = start + seconds, now = start;
  while (now < end) {
    double left = end - now;
    double piece = left < chunk_seconds ? left : chunk_seconds;
    turn((uint64_t)(piece * turns_per_second) + 16);
    now = thread_cpu();
  }
  return now - start;
}

/// Measures this machine's speed; to be called once, before the first burn.
void calibrate(void) {
  const uint64_t turns = 2000000;
  double fastest = 1e9;
  for (int round = 0; round < 10; round++) {
    double start = thread_cpu();
    turn(turns);
    double took = thread_cpu() - start;
    if (took > 0 && took < fastest) fastest = took;
  }
  turns_per_second = (double)turns / fastest;
}

FRAME double grind(double seconds) { return burn_here(seconds); }

// Static: its name is in .symtab only, never in .dynsym.
static FRAME double beta_middle(double seconds) { return grind(seconds); }

/// Burns all of it in its own frame: cpu[0].
FRAME void burn_alpha(double seconds, double *cpu) { cpu[0] = burn_here(seconds); }

/// Burns all of it two calls further down: cpu[0].
FRAME void burn_beta(double seconds, double *cpu) { cpu[0] = beta_middle(seconds); }

/// Burns one third in its own frame (cpu[0]) and two thirds in grind, by another path (cpu[1]).
FRAME void burn_gamma(double seconds, double *cpu) {
  cpu[0] = burn_here(seconds / 3);
  cpu[1] = beta_middle(seconds * 2 / 3);
}

/// Sleeps without burning; called through PyDLL it blocks while it holds the GIL.
FRAME void nap(double seconds) {
  struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}
