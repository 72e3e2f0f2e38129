#include "unwinding_peers.h"

#include <elfutils/libdwfl.h>
#include <libunwind-ptrace.h>
#include <libunwind.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct peer {
  pid_t process;
  const struct captured_stack *stack;
  // libunwind
  unw_addr_space_t space;
  void *ptrace;
  // libdw
  Dwfl *dwfl;
  int frames, limit;
};

static bool read_stack(const struct captured_stack *stack, uint64_t address, uint64_t *word) {
  uint64_t offset = address - stack->start;
  if (address < stack->start || stack->size < 8 || offset > stack->size - 8) return false;
  memcpy(word, stack->bytes + offset, 8);
  return true;
}

// MARK: libunwind

// libunwind's own functions for ptrace call the accessors with their context, not with ours: what
// is being unwound is kept beside it.
static struct peer *current;

static int dyn_info_list_address(unw_addr_space_t space, unw_word_t *address, void *context) {
  return -UNW_ENOINFO;
}

static int access_memory(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write,
                         void *context) {
  uint64_t word;
  if (write) return -UNW_EINVAL;
  if (read_stack(current->stack, address, &word)) {
    *value = word;
    return 0;
  }
  // Code and tables: libunwind looks at instructions to recognise signal frames.
  return _UPT_access_mem(space, address, value, 0, context);
}

static int access_register(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
                           int write, void *context) {
  if (write || number < 0 || number > 16) return -UNW_EBADREG;
  *value = current->stack->registers[number];
  return 0;
}

static int access_float(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
                        void *context) {
  return -UNW_EBADREG;
}

static int resume(unw_addr_space_t space, unw_cursor_t *cursor, void *context) {
  return -UNW_EINVAL;
}

static int procedure_name(unw_addr_space_t space, unw_word_t address, char *name, size_t size,
                          unw_word_t *offset, void *context) {
  return -UNW_ENOINFO;
}

struct peer *libunwind_open(pid_t process) {
  static unw_accessors_t accessors = {
    .find_proc_info = _UPT_find_proc_info, .put_unwind_info = _UPT_put_unwind_info,
    .get_dyn_info_list_addr = dyn_info_list_address, .access_mem = access_memory,
    .access_reg = access_register, .access_fpreg = access_float, .resume = resume,
    .get_proc_name = procedure_name,
  };
  struct peer *peer = calloc(1, sizeof *peer);
  peer->process = process;
  peer->space = unw_create_addr_space(&accessors, 0);
  peer->ptrace = _UPT_create(process);
  if (!peer->space || !peer->ptrace) {
    peer_close(peer);
    return NULL;
  }
  unw_set_caching_policy(peer->space, UNW_CACHE_GLOBAL);
  unw_set_cache_size(peer->space, 1 << 14, 0);
  return peer;
}

static int libunwind_unwind(struct peer *peer, int limit) {
  unw_cursor_t cursor;
  current = peer;
  if (unw_init_remote(&cursor, peer->space, peer->ptrace) != 0) return 0;
  int frames = 1;
  while (frames < limit && unw_step(&cursor) > 0) frames++;
  return frames;
}

// MARK: libdw

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread) {
  if (*thread) return 0;
  *thread = context;
  return ((struct peer *)context)->process;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *context, void **thread) {
  *thread = context;
  return true;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *context) {
  return read_stack(((struct peer *)context)->stack, address, word);
}

static bool set_registers(Dwfl_Thread *thread, void *context) {
  const struct captured_stack *stack = ((struct peer *)context)->stack;
  dwfl_thread_state_register_pc(thread, stack->registers[16]);
  return dwfl_thread_state_registers(thread, 0, 17, stack->registers);
}

static int count_frame(Dwfl_Frame *frame, void *context) {
  struct peer *peer = context;
  return ++peer->frames < peer->limit ? DWARF_CB_OK : DWARF_CB_ABORT;
}

struct peer *libdw_open(pid_t process) {
  static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = dwfl_standard_find_debuginfo,
  };
  static const Dwfl_Thread_Callbacks thread_callbacks = {
    .next_thread = next_thread, .get_thread = get_thread, .memory_read = memory_read,
    .set_initial_registers = set_registers,
  };
  struct peer *peer = calloc(1, sizeof *peer);
  peer->process = process;
  peer->dwfl = dwfl_begin(&callbacks);
  if (!peer->dwfl || dwfl_linux_proc_report(peer->dwfl, process) != 0
      || dwfl_report_end(peer->dwfl, NULL, NULL) != 0
      || !dwfl_attach_state(peer->dwfl, NULL, process, &thread_callbacks, peer)) {
    peer_close(peer);
    return NULL;
  }
  return peer;
}

static int libdw_unwind(struct peer *peer, int limit) {
  peer->frames = 0;
  peer->limit = limit;
  // Its last frame is an error where a stack ends otherwise than CFI says; the frames count.
  dwfl_getthread_frames(peer->dwfl, peer->process, count_frame, peer);
  return peer->frames;
}

// MARK: Both

int peer_unwind(struct peer *peer, const struct captured_stack *stack, int limit) {
  peer->stack = stack;
  return peer->dwfl ? libdw_unwind(peer, limit) : libunwind_unwind(peer, limit);
}

void peer_close(struct peer *peer) {
  if (peer->ptrace) _UPT_destroy(peer->ptrace);
  if (peer->space) unw_destroy_addr_space(peer->space);
  if (peer->dwfl) dwfl_end(peer->dwfl);
  free(peer);
}
