// libunwind: the independent referee of our own unwinder.
#pragma once
#include <libunwind.h>
#include <libunwind-ptrace.h>

#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

// What Swift cannot spell: `_UPT_accessors` is a mutable global and `unw_…` are macros. Without
// its cache libunwind needs half a millisecond for a frame.
static inline unw_addr_space_t referee_address_space(void) {
  unw_addr_space_t space = unw_create_addr_space(&_UPT_accessors, 0);
  if (space) unw_set_caching_policy(space, UNW_CACHE_GLOBAL);
  return space;
}
static inline void referee_release(unw_addr_space_t space) { unw_destroy_addr_space(space); }
static inline void referee_flush(unw_addr_space_t space) { unw_flush_cache(space, 0, 0); }
static inline int referee_start(unw_cursor_t *cursor, unw_addr_space_t space, void *process) {
  return unw_init_remote(cursor, space, process);
}
static inline int referee_step(unw_cursor_t *cursor) { return unw_step(cursor); }
static inline unsigned long referee_register(unw_cursor_t *cursor, int number) {
  unw_word_t value = 0;
  return unw_get_reg(cursor, number, &value) < 0 ? 0 : value;
}
static inline int referee_is_signal_frame(unw_cursor_t *cursor) {
  return unw_is_signal_frame(cursor);
}

// ptrace is variadic.
static inline long trace_seize(pid_t thread) {
  return ptrace(PTRACE_SEIZE, thread, NULL, NULL);
}
static inline long trace_interrupt(pid_t thread) {
  return ptrace(PTRACE_INTERRUPT, thread, NULL, NULL);
}
static inline long trace_continue(pid_t thread, long signal) {
  return ptrace(PTRACE_CONT, thread, NULL, signal);
}
static inline long trace_registers(pid_t thread, struct user_regs_struct *registers) {
  return ptrace(PTRACE_GETREGS, thread, NULL, registers);
}
// The signal of a ptrace-stop, 0 for PTRACE_EVENT_STOP, -1 when the thread is gone.
static inline int trace_wait(pid_t thread) {
  int status = 0;
  if (waitpid(thread, &status, __WALL) != thread || !WIFSTOPPED(status)) return -1;
  return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
}
