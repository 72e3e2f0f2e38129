// libunwind and libdw, unwinding stacks that were captured earlier from a process that still exists
// and stands still.
#pragma once
#include <stdint.h>
#include <sys/types.h>

struct captured_stack {
  // DWARF's numbering: rax rdx rcx rbx rsi rdi rbp rsp r8 … r15 rip.
  uint64_t registers[17];
  uint64_t start;
  const uint8_t *bytes;
  uint64_t size;
};

struct peer;

// NULL if the library cannot look into the process.
struct peer *libunwind_open(pid_t process);
struct peer *libdw_open(pid_t process);
void peer_close(struct peer *peer);
// The number of frames, `limit` at most; 0 on failure.
int peer_unwind(struct peer *peer, const struct captured_stack *stack, int limit);
