// What the targets of the benchmarks do: read the clock, and nothing else.
#include <stdint.h>
#include <time.h>

static inline int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

struct gaps {
  int64_t count, sum, longest;  // ns
};

// Reads the clock for `length` ns. Two readings lie some 30 ns apart; a gap above `threshold` ns is
// time in which this thread did not run.
void clock_gaps(int64_t length, int64_t threshold, struct gaps *gaps) {
  int64_t last = now(), end = last + length;
  while (last < end) {
    int64_t time = now(), gap = time - last;
    if (gap > threshold) {
      gaps->count++;
      gaps->sum += gap;
      if (gap > gaps->longest) gaps->longest = gap;
    }
    last = time;
  }
}
