// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
//
// The programs that take samples inside the kernel: at the tick itself, and where a thread leaves the CPU.
//
// They run in the interrupt of a task clock, and in the scheduler (BPF_PROG_TYPE_PERF_EVENT), while the
// sampled thread can run nothing else: registers, stack and Python frames are of one instant, and nobody
// is stopped.
// They know nothing of CPython but the offsets in `configuration`; they only follow pointers and copy.
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

#define DATA_LIMIT (1024 * 1024)
// The largest piece: a data-stack chunk is 16 KiB unless one frame needs more.
#define PIECE_LIMIT (64 * 1024)
#define STACK_LIMIT TICK_STACK_LIMIT
#define PAGE 4096
// As many frames as the reader takes (ThreadReader.frameLimit), and some for chunks.
#define STEP_LIMIT 8500
#define STATE_LIST_LIMIT 4096
#define INTERPRETER_LIMIT 16
#define RED_ZONE 128
// The header of a data-stack chunk: previous, size, top (in words).
#define CHUNK_HEADER 24
// How long it is believed that a thread has no other thread states, nanoseconds.
#define BELIEF 20000000
// The same if it has none: twice as long each time, up to BELIEF. A thread that Python starts has one soon,
// and is often off the CPU before.
#define FIRST_BELIEF 20000
#define DOUBLINGS 10

struct scratch {
  // How much of `data` is used. It lies in memory, where the verifier forgets what it may be, and so
  // does not follow every value that it can have.
  __u32 end;
  // Not 0 while a CPU uses it.
  __u32 is_taken;
  // Of the sampled thread: its place in `configurations`.
  __u32 process;
  __u32 unused;
  struct tick_record record;
  // Room for one more piece and its header behind the limit.
  __u8 data[DATA_LIMIT + PIECE_LIMIT + 64];
};

struct known_states {
  __u64 states[TICK_STATES];
  __u64 newest_interpreter;
  __u64 checked;
  // Other interpreters may get thread states for this thread at any time.
  __u32 has_several_interpreters;
  // How often in a row none was found, without the first time.
  __u32 misses;
};

// One for each process.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, TICK_PROCESSES);
  __type(key, __u32);
  __type(value, struct tick_configuration);
} configurations SEC(".maps");

// One for each CPU, up to a limit beyond which CPUs share them; a per-CPU map has no room for values
// this large.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct scratch);
} scratches SEC(".maps");

// The thread states of each thread, by slot.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct known_states);
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
  __u32 index = bpf_get_smp_processor_id() % TICK_SCRATCHES;
  return bpf_map_lookup_elem(&scratches, &index);
}

static __always_inline struct tick_configuration *current_configuration(void) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 0;
  __u32 process = scratch->process;
  return bpf_map_lookup_elem(&configurations, &process);
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

// How far the stack reaches: to the main thread's start, or to the thread's control block, which
// glibc puts at the top of every other stack.
static __always_inline __u64 stack_end(__u64 start, __u64 main_start, __u64 fs_base) {
  __u64 limit = start + 65536;
  __u64 to_main = main_start - start, to_block = fs_base - start;
  if (to_block - 1 < 64ull << 20) limit = fs_base;
  if (to_main - 1 < 64ull << 20 && (limit > main_start || to_block - 1 >= 64ull << 20))
    limit = main_start;
  return limit;
}

// The search for the thread states of a thread: one in each interpreter that it has run. Lists are
// newest first; up to 3.11 a new thread state carries its creator's thread id, so the last match of a
// list is the right one.
//
// Up to 3.12 a thread may also run a sub-interpreter with a thread state of another thread's id, which
// is known by its place on this one's stack or, up to 3.9, only in that it has the GIL: the reader
// decides.
struct search {
  __u64 thread_id;
  __u64 stack_start;
  __u64 stack_end;
  __u64 holder;
  __u64 last_visitor;
  __u64 interpreter;
  __u64 state;
  __u64 last_match;
  __u64 states[TICK_STATES];
  __u32 count;
  __u32 interpreters;
};

static long look_at_state(__u32 index, struct search *search) {
  struct tick_configuration *configuration = current_configuration();
  if (!configuration || !search->state) return 1;
  if (user_word(search->state + configuration->state_thread_id) == search->thread_id)
    search->last_match = search->state;
  if (configuration->states_wander) {
    __u64 place = 0;
    if (configuration->state_place >= 0)
      place = user_word(search->state + configuration->state_place);
    if (place - search->stack_start < search->stack_end - search->stack_start ||
        search->state == search->holder)
      search->last_visitor = search->state;
  }
  search->state = user_word(search->state + configuration->state_next);
  return 0;
}

static long look_at_interpreter(__u32 index, struct search *search) {
  struct tick_configuration *configuration = current_configuration();
  if (!configuration || !search->interpreter) return 1;
  search->last_match = 0;
  search->last_visitor = 0;
  __u64 next = user_word(search->interpreter + configuration->interpreter_next);
  search->state = user_word(search->interpreter + configuration->interpreter_states);
  bpf_loop(STATE_LIST_LIMIT, look_at_state, search, 0);
  // The main interpreter, which is the last, has a thread state for each thread.
  if (search->last_visitor && next) search->last_match = search->last_visitor;
  if (search->last_match) {
    __u32 count = search->count;
    if (count >= TICK_STATES) return 1;
    search->states[count & (TICK_STATES - 1)] = search->last_match;
    search->count = count + 1;
  }
  search->interpreters++;
  search->interpreter = next;
  return 0;
}

static __always_inline int still_holds(const struct known_states *known,
                                       const struct tick_configuration *configuration,
                                       __u64 thread_id, __u64 newest, __u64 now) {
  if (known->newest_interpreter != newest) return 0;
  if (known->has_several_interpreters && configuration->states_wander) return 0;
  __u64 age = now - known->checked;
  if (!known->states[0]) return age < (__u64)FIRST_BELIEF << known->misses;
  if (known->has_several_interpreters && age > BELIEF) return 0;
  for (int i = 0; i < TICK_STATES; i++)
    if (known->states[i] &&
        user_word(known->states[i] + configuration->state_thread_id) != thread_id)
      return 0;
  return 1;
}

static __always_inline void find_states(struct tick_configuration *configuration,
                                        struct tick_record *record) {
  __u64 newest = user_word(configuration->interpreters_head);
  __u64 slot = record->slot;
  struct known_states *known = bpf_map_lookup_elem(&states, &slot);
  if (known && still_holds(known, configuration, record->fs_base, newest, record->start)) {
    for (int i = 0; i < TICK_STATES; i++) record->states[i] = known->states[i];
    return;
  }
  struct search search = {.thread_id = record->fs_base,
                          .interpreter = newest,
                          .stack_start = record->stack_start,
                          .stack_end = stack_end(record->stack_start, configuration->start_of_stack,
                                                 record->fs_base)};
  if (configuration->holder) search.holder = user_word(configuration->holder);
  bpf_loop(INTERPRETER_LIMIT, look_at_interpreter, &search, 0);
  struct known_states found = {.newest_interpreter = newest,
                               .checked = record->start,
                               .has_several_interpreters = search.interpreters > 1};
  for (int i = 0; i < TICK_STATES; i++) record->states[i] = found.states[i] = search.states[i];
  if (known && !known->states[0] && !found.states[0])
    found.misses = known->misses < DOUBLINGS ? known->misses + 1 : DOUBLINGS;
  bpf_map_update_elem(&states, &slot, &found, BPF_ANY);
}

// A walk along a chain of frames. From 3.11 on most of them lie in chunks of memory that are copied
// as a whole; then the chain is followed within the copy.
struct walk {
  __u64 next;
  // The chunk that was copied last: where it is, and where in `data` the copy.
  __u64 chunk;
  __u64 chunk_size;
  __u32 chunk_data;
  __u32 unused;
  // The code objects that were copied last; a recursion has the same ones again and again.
  __u64 code;
  __u64 code_before;
};

// Copies the used part of a chunk, up to `top`, which an older chunk has in its header. Its other
// pages may never have been touched, and then cannot be read here.
static __always_inline int copy_chunk(struct scratch *scratch, struct walk *walk, __u64 chunk,
                                      __u64 top) {
  __u64 header[3];
  if (!top) {
    if (bpf_probe_read_user(header, sizeof header, (void *)chunk)) return 0;
    top = chunk + CHUNK_HEADER + 8 * header[2];
  }
  __u64 size = top - chunk;
  if (size < CHUNK_HEADER || size > PIECE_LIMIT) return 0;
  __u32 data = scratch->end + 16;
  if (!append(scratch, chunk, size)) return 0;
  walk->chunk = chunk;
  walk->chunk_size = size;
  walk->chunk_data = data;
  return 1;
}

static __always_inline __u64 copied_word(struct scratch *scratch, __u64 offset) {
  if (offset > DATA_LIMIT + PIECE_LIMIT) return 0;
  return *(__u64 *)&scratch->data[offset];
}

// Copies what tells which code object the frame runs now: by the time that its name is read, another
// may lie at its address.
static __always_inline void copy_code(struct scratch *scratch, struct walk *walk, __u64 code,
                                      const struct tick_configuration *configuration) {
  // The tag of a `_PyStackRef`.
  code &= ~3ull;
  if (!code || code == walk->code || code == walk->code_before) return;
  // Frames and stack need the rest.
  if (scratch->end > DATA_LIMIT / 2) return;
  walk->code_before = walk->code;
  walk->code = code;
  append(scratch, code + configuration->code_start, configuration->code_size);
}

static long copy_frame(__u32 index, struct walk *walk) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || !walk->next) return 1;
  __u64 distance = walk->next - walk->chunk;
  if (walk->chunk && distance < walk->chunk_size &&
      walk->chunk_size - distance >= configuration->frame_start + configuration->frame_size) {
    __u64 frame = walk->chunk_data + distance;
    walk->next = copied_word(scratch, frame + configuration->frame_previous);
    copy_code(scratch, walk, copied_word(scratch, frame + configuration->frame_code),
              configuration);
    return 0;
  }
  if (walk->chunk) {
    // The next older chunk holds it, or it lies elsewhere: in a generator, or on the C stack.
    __u64 previous = copied_word(scratch, walk->chunk_data);
    if (previous && walk->next - previous < PIECE_LIMIT && copy_chunk(scratch, walk, previous, 0) &&
        walk->next - walk->chunk < walk->chunk_size)
      return 0;
  }
  if (!append(scratch, walk->next + configuration->frame_start, configuration->frame_size))
    return 1;
  copy_code(scratch, walk, user_word(walk->next + configuration->frame_code), configuration);
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

static long copy_state(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || index >= TICK_STATES) return 1;
  __u64 state = scratch->record.states[index];
  if (!state || !append(scratch, state, configuration->state_size)) return 1;
  if (configuration->interpreter_size)
    append(scratch,
           user_word(state + configuration->state_interpreter) + configuration->interpreter_start,
           configuration->interpreter_size);
  __u64 head = user_word(state + configuration->state_head);
  if (configuration->head_frame >= 0) {
    append(scratch, head + configuration->head_frame, 8);
    head = user_word(head + configuration->head_frame);
  }
  struct walk walk = {.next = head};
  if (configuration->state_chunk >= 0)
    copy_chunk(scratch, &walk, user_word(state + configuration->state_chunk),
               user_word(state + configuration->state_chunk_top));
  bpf_loop(STEP_LIMIT, copy_frame, &walk, 0);
  return 0;
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

static __always_inline void count_lost(void) {
  __u32 zero = 0;
  __u64 *count = bpf_map_lookup_elem(&lost, &zero);
  if (count) __sync_fetch_and_add(count, 1);
}

static __always_inline void take_sample(struct bpf_perf_event_data *context,
                                        struct tick_configuration *configuration,
                                        struct scratch *scratch) {
  struct tick_record *record = &scratch->record;
  record->start = bpf_ktime_get_ns();
  record->slot = (__u32)bpf_get_attach_cookie(context);
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

  __u64 start = record->registers[7] - RED_ZONE;
  record->stack_start = start;
  for (int i = 0; i < TICK_STATES; i++) record->states[i] = 0;
  if (configuration->is_ready && fs_base) {
    find_states(configuration, record);
    if (record->states[0]) {
      bpf_loop(TICK_WORDS, copy_word, 0, 0);
      bpf_loop(TICK_STATES, copy_state, 0, 0);
    }
  }
  record->python_size = scratch->end - record->kernel_size;
  record->is_ready = configuration->is_ready;
  record->generation = configuration->generation;

  if (configuration->copies_stack) {
    __u64 end = stack_end(start, configuration->start_of_stack, fs_base);
    struct stack_copy copy = {
        .address = start, .limit = end - start > STACK_LIMIT ? start + STACK_LIMIT : end};
    bpf_loop(STACK_LIMIT / PAGE + 1, copy_stack_page, &copy, 0);
  }
  record->stack_size = scratch->end - record->kernel_size - record->python_size;
  record->end = bpf_ktime_get_ns();

  __u32 end = scratch->end;
  if (end > DATA_LIMIT + PIECE_LIMIT) return;
  // No wake-up: it would be an interrupt of its own. The reader looks often enough.
  if (bpf_ringbuf_output(&records, record, sizeof *record + end, BPF_RB_NO_WAKEUP) &&
      !record->is_switch)
    count_lost();
}

static __always_inline int sample(struct bpf_perf_event_data *context, int is_switch) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 0;
  if (__sync_lock_test_and_set(&scratch->is_taken, 1)) {
    if (!is_switch) count_lost();
    return 0;
  }
  scratch->process = bpf_get_attach_cookie(context) >> 32;
  scratch->record.is_switch = is_switch;
  struct tick_configuration *configuration = current_configuration();
  if (configuration) take_sample(context, configuration, scratch);
  scratch->is_taken = 0;
  return 0;
}

SEC("perf_event")
int tick(struct bpf_perf_event_data *context) { return sample(context, 0); }

// The thread leaves the CPU: what it does while it is away is what it did last. Runs before the kernel
// writes its PERF_RECORD_SWITCH (kernel/events/core.c, perf_event_task_sched_out), with interrupts off.
SEC("perf_event")
int leave(struct bpf_perf_event_data *context) {
  // Ticks need room more than these, of which few will be wanted.
  if (bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >
      bpf_ringbuf_query(&records, BPF_RB_RING_SIZE) / 2)
    return 0;
  return sample(context, 1);
}

// bpf_loop, bpf_task_pt_regs and reading the thread's memory are open to GPL-compatible programs
// only; the kernel takes a licence that allows both.
char _license[] SEC("license") = "Dual BSD/GPL";
