// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
//
// The program that takes a sample inside the kernel, at the tick itself.
//
// It runs in the interrupt of a task clock (BPF_PROG_TYPE_PERF_EVENT), while the sampled thread can
// run nothing else: registers, stack and Python frames are of one instant, and nobody is stopped.
// It knows nothing of CPython but the offsets in `configuration`; it only follows pointers and copies.
// Scripts/generate-tick-program.sh compiles it into tick_program_object.h.
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <asm/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "include/CTickProgram.h"

// The two fields of the kernel's own structures that are needed; their offsets are looked up in the
// running kernel's type information when the program is loaded.
struct thread_struct {
  unsigned long fsbase;
} __attribute__((preserve_access_index));
struct task_struct {
  struct thread_struct thread;
} __attribute__((preserve_access_index));

#define DATA_LIMIT (256 * 1024)
#define PIECE_LIMIT 2048
#define STACK_LIMIT (128 * 1024)
#define PAGE 4096
#define FRAME_LIMIT 2500
#define STATE_LIMIT 2048
#define INTERPRETER_LIMIT 16
#define RED_ZONE 128
// How long it is believed that a thread has no thread state, nanoseconds.
#define NEGATIVE_LIFETIME 20000000

struct scratch {
  // How much of `data` is used. It lies in memory, where the verifier forgets what it may be, and so
  // does not follow every value that it can have.
  __u32 end;
  __u32 unused;
  struct tick_record record;
  // Room for one more piece and its header behind the limit.
  __u8 data[DATA_LIMIT + PAGE + 64];
};

struct known_state {
  __u64 state;
  __u64 checked;
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct tick_configuration);
} configuration SEC(".maps");

// One for each CPU; a per-CPU map has no room for values this large.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct scratch);
} scratches SEC(".maps");

// The thread state of each thread, by slot.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct known_state);
} states SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} lost SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 24);
} records SEC(".maps");

static __always_inline struct scratch *current_scratch(void) {
  __u32 cpu = bpf_get_smp_processor_id();
  return bpf_map_lookup_elem(&scratches, &cpu);
}

static __always_inline struct tick_configuration *current_configuration(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&configuration, &zero);
}

static __always_inline __u64 user_word(__u64 address) {
  __u64 value = 0;
  if (bpf_probe_read_user(&value, sizeof value, (void *)address)) return 0;
  return value;
}

// Copies `size` bytes of the thread's memory behind those that are there: address, size, bytes.
static __always_inline int append(struct scratch *scratch, __u64 address, __u32 size) {
  __u32 end = scratch->end;
  if (end > DATA_LIMIT || size > PIECE_LIMIT) return 0;
  *(__u64 *)&scratch->data[end] = address;
  *(__u64 *)&scratch->data[end + 8] = size;
  if (bpf_probe_read_user(&scratch->data[end + 16], size, (void *)address)) return 0;
  scratch->end = end + 16 + ((size + 7) & ~7u);
  return 1;
}

// The search for the thread state of a thread. Lists are newest first; up to 3.11 a new thread state
// carries its creator's thread id, so the last match is the right one.
struct search {
  __u64 thread_id;
  __u64 interpreter;
  __u64 state;
  __u64 found;
};

static long look_at_state(__u32 index, struct search *search) {
  struct tick_configuration *configuration = current_configuration();
  if (!configuration || !search->state) return 1;
  if (user_word(search->state + configuration->state_thread_id) == search->thread_id)
    search->found = search->state;
  search->state = user_word(search->state + configuration->state_next);
  return 0;
}

static long look_at_interpreter(__u32 index, struct search *search) {
  struct tick_configuration *configuration = current_configuration();
  if (!configuration || !search->interpreter) return 1;
  search->state = user_word(search->interpreter + configuration->interpreter_states);
  bpf_loop(4096, look_at_state, search, 0);
  search->interpreter = user_word(search->interpreter + configuration->interpreter_next);
  return 0;
}

static __always_inline __u64 thread_state(struct tick_configuration *configuration, __u64 slot,
                                          __u64 thread_id, __u64 now) {
  struct known_state *known = bpf_map_lookup_elem(&states, &slot);
  if (known) {
    if (known->state &&
        user_word(known->state + configuration->state_thread_id) == thread_id)
      return known->state;
    if (!known->state && now - known->checked < NEGATIVE_LIFETIME) return 0;
  }
  struct search search = {
      .thread_id = thread_id, .interpreter = user_word(configuration->interpreters_head)};
  bpf_loop(INTERPRETER_LIMIT, look_at_interpreter, &search, 0);
  struct known_state found = {.state = search.found, .checked = now};
  bpf_map_update_elem(&states, &slot, &found, BPF_ANY);
  return found.state;
}

struct walk {
  __u64 next;
};

static long copy_frame(__u32 index, struct walk *walk) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || !walk->next) return 1;
  if (!append(scratch, walk->next + configuration->frame_start, configuration->frame_size))
    return 1;
  walk->next = user_word(walk->next + configuration->frame_previous);
  return 0;
}

static long copy_word(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || index >= TICK_WORDS) return 1;
  if (configuration->words[index]) append(scratch, configuration->words[index], 8);
  return 0;
}

static __always_inline void copy_python(struct tick_configuration *configuration,
                                        struct scratch *scratch, __u64 state) {
  append(scratch, state, configuration->state_size);
  bpf_loop(TICK_WORDS, copy_word, 0, 0);
  __u64 head = user_word(state + configuration->state_head);
  if (configuration->head_frame >= 0) {
    append(scratch, head + configuration->head_frame, 8);
    head = user_word(head + configuration->head_frame);
  }
  struct walk walk = {.next = head};
  bpf_loop(FRAME_LIMIT, copy_frame, &walk, 0);
}

struct stack_copy {
  __u64 address;
  __u64 limit;
};

// Page by page: what lies behind the stack may not be mapped, and a copy that fails copies nothing.
static long copy_stack_page(__u32 index, struct stack_copy *copy) {
  struct scratch *scratch = current_scratch();
  if (!scratch || copy->address >= copy->limit) return 1;
  __u64 size = PAGE - (copy->address & (PAGE - 1));
  if (size > copy->limit - copy->address) size = copy->limit - copy->address;
  __u32 end = scratch->end;
  if (end > DATA_LIMIT || size > PAGE) return 1;
  if (bpf_probe_read_user(&scratch->data[end], size, (void *)copy->address)) return 1;
  scratch->end = end + size;
  copy->address += size;
  return 0;
}

// How far the stack reaches: to the main thread's start, or to the thread's control block, which
// glibc puts at the top of every other stack.
static __always_inline __u64 stack_limit(__u64 start, __u64 main_start, __u64 fs_base) {
  __u64 limit = start + 65536;
  __u64 to_main = main_start - start, to_block = fs_base - start;
  if (to_block - 1 < 64ull << 20) limit = fs_base;
  if (to_main - 1 < 64ull << 20 && (limit > main_start || to_block - 1 >= 64ull << 20))
    limit = main_start;
  return limit - start > STACK_LIMIT ? start + STACK_LIMIT : limit;
}

static __always_inline void keep_registers(struct tick_record *record, const struct pt_regs *from) {
  record->registers[0] = from->rax;
  record->registers[1] = from->rbx;
  record->registers[2] = from->rcx;
  record->registers[3] = from->rdx;
  record->registers[4] = from->rsi;
  record->registers[5] = from->rdi;
  record->registers[6] = from->rbp;
  record->registers[7] = from->rsp;
  record->registers[8] = from->rip;
  record->registers[9] = from->r8;
  record->registers[10] = from->r9;
  record->registers[11] = from->r10;
  record->registers[12] = from->r11;
  record->registers[13] = from->r12;
  record->registers[14] = from->r13;
  record->registers[15] = from->r14;
  record->registers[16] = from->r15;
}

SEC("perf_event")
int tick(struct bpf_perf_event_data *context) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 0;
  struct tick_record *record = &scratch->record;
  record->start = bpf_ktime_get_ns();
  record->slot = bpf_get_attach_cookie(context);
  struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
  __u64 fs_base = BPF_CORE_READ(task, thread.fsbase);
  record->fs_base = fs_base;

  scratch->end = 0;
  record->kernel_size = 0;
  if ((context->regs.cs & 3) == 3) {
    record->is_user = 1;
    struct pt_regs registers = context->regs;
    keep_registers(record, &registers);
  } else {
    record->is_user = 0;
    struct pt_regs registers = {};
    // What the thread had in its registers when it entered the kernel.
    void *saved = (void *)bpf_task_pt_regs((void *)task);
    bpf_probe_read_kernel(&registers, sizeof registers, saved);
    keep_registers(record, &registers);
    long size = bpf_get_stack(context, scratch->data, 127 * 8, 0);
    if (size > 0) scratch->end = record->kernel_size = size;
  }

  record->state = 0;
  if (configuration->is_ready && fs_base) {
    record->state = thread_state(configuration, record->slot, fs_base, record->start);
    if (record->state) copy_python(configuration, scratch, record->state);
  }
  record->python_size = scratch->end - record->kernel_size;
  record->is_ready = configuration->is_ready;
  record->generation = configuration->generation;

  __u64 start = record->registers[7] - RED_ZONE;
  record->stack_start = start;
  if (configuration->copies_stack) {
    struct stack_copy copy = {
        .address = start, .limit = stack_limit(start, configuration->start_of_stack, fs_base)};
    bpf_loop(STACK_LIMIT / PAGE + 1, copy_stack_page, &copy, 0);
  }
  record->stack_size = scratch->end - record->kernel_size - record->python_size;
  record->end = bpf_ktime_get_ns();

  __u32 end = scratch->end;
  if (end > DATA_LIMIT + PAGE) return 0;
  // No wake-up: it would be an interrupt of its own. The reader looks often enough.
  if (bpf_ringbuf_output(&records, record, sizeof *record + end, BPF_RB_NO_WAKEUP)) {
    __u32 zero = 0;
    __u64 *count = bpf_map_lookup_elem(&lost, &zero);
    if (count) __sync_fetch_and_add(count, 1);
  }
  return 0;
}

// bpf_loop, bpf_task_pt_regs and reading the thread's memory are open to GPL-compatible programs
// only; the kernel takes a licence that allows both.
char _license[] SEC("license") = "Dual BSD/GPL";
