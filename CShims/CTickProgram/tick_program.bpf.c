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
// Lists end long before, or the time that is allowed does.
#define STATE_LIST_LIMIT 65536
#define INTERPRETER_LIMIT 16
// Work between two looks at the clock, each of which takes as long as a word that is read; bytes that take as long to
// copy as one; and what a copy that fails counts for: it is a fault of the processor's.
#define WORK_A_LOOK 16
#define BYTES_A_WORD 256
#define WORK_OF_FAULT WORK_A_LOOK
// Pages of stack that are copied however late it is.
#define LEAST_PAGES 4
#define LEAVING_STACK_LIMIT TICK_LEAVING_STACK_LIMIT
#define RED_ZONE 128
// The header of a data-stack chunk: previous, size, top (in words).
#define CHUNK_HEADER 24
// How long it is believed that a thread has no other thread states, nanoseconds.
#define BELIEF 20000000
// The same if it has none: twice as long each time, up to BELIEF. A thread that Python starts has one soon,
// and is often off the CPU before.
#define FIRST_BELIEF 20000
#define DOUBLINGS 10
// Nanoseconds that one tick and one switch may take of its thread, with interrupts off: some 8,000 frames that must be
// read one by one are copied at a tick.
#define MOST_FOR_TICK 800000
#define MOST_FOR_LEAVING 100000
// The part of the time that may be spent: at ticks of a thread's time on the CPU, at switches of a thread's time and of
// each CPU's. What is saved up is enough for this many of the longest samples.
#define SHARE 8
#define SAVED_SAMPLES 8
#define SAVED_SAMPLES_OF_CPU 40
// A timer that expired while interrupts were off, and was put away with its thread, fires 10 µs after the thread has
// come back (kernel/events/core.c, perf_swevent_start_hrtimer): by the thread's own time no later than this many
// nanoseconds after the program at the switch, with what the kernel does at a switch besides, on slow machines too.
#define OVERDUE_WINDOW 50000
// One tick, and how many can be owed.
#define ONE_TICK (1u << 16)
#define MOST_OWED (8 * ONE_TICK)

// Bytes of a code object's name, of its file's name and of its line table that are copied at most, headers
// included.
#define NAME_SIZE 192
#define FILE_SIZE 256
#define LINES_SIZE 1024
// Code objects whose names were copied that are remembered: sets, a power of two, and how many fit into one. Where
// two had to share a place, both would be copied again and again.
#define NAMED_SETS 4096
#define NAMED_WAYS 4
// Nanoseconds: for how long the text of names must have stayed the same, without a gap as long as this between two
// looks, until it is taken for granted; and for how long it is then. A program that makes code all the time has each
// object for a millisecond.
#define TEXT_YOUTH 250000000ull
#define TEXT_GAP 500000000ull
#define TEXT_TRUST 100000000ull
// Code objects that are known to be in a sample already, a power of two.
#define COPIED_CODES 512

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
  // Not 0 if it took too long, or a word could not be read, each of which takes long: nothing is known then.
  __u32 is_cut;
  __u32 unused;
};

// A walk along a chain of frames. From 3.11 on most of them lie in chunks of memory that are copied
// as a whole; then the chain is followed within the copy.
struct walk {
  __u64 next;
  // The chunk that was copied last: where it is, and where in `data` the copy.
  __u64 chunk;
  __u64 chunk_size;
  __u32 chunk_data;
  __u32 unused;
};

// A code object that a sample has copied, and when that sample began. A recursion has the same ones again and again.
struct copied_code {
  __u64 code;
  __u64 start;
};

// How far the stack is copied, and up to where it will be.
struct stack_copy {
  __u64 address;
  __u64 limit;
};

// Time that may be spent, of which a share of a clock's time is saved up. What takes longer than is left makes a debt: the
// share is exact in the long run, and whether a sample is taken does not depend on how long that one will take.
struct savings {
  __s64 left;
  // Up to which time of the clock it is saved.
  __u64 until;
};

// What a sample is put together in, with the state of its loops: in memory the verifier forgets what a value may be,
// and so does not follow every value that it can have, each of which would make loading slower.
struct scratch {
  // How much of `data` is used.
  __u32 end;
  // Not 0 while a CPU uses it.
  __u32 is_taken;
  // Of the sampled thread: its place in `configurations`.
  __u32 process;
  __u32 unused;
  // When the search for thread states, the Python frames and the stack must have an end, nanoseconds of
  // CLOCK_MONOTONIC: whatever the target has in its memory, interrupts are off meanwhile.
  __u64 search_deadline;
  __u64 frames_deadline;
  __u64 deadline;
  // Work since the last look at the clock, see WORK_A_LOOK.
  __u64 work;
  struct search search;
  struct walk walk;
  struct stack_copy stack;
  struct copied_code codes[COPIED_CODES];
  // Registers with which the thread entered the kernel. The stack has 512 bytes, for all functions that call each
  // other, of which kernels before 6.6 count each up to 32.
  struct pt_regs entry;
  struct tick_record record;
  // Room for one more piece and its header behind the limit.
  __u8 data[DATA_LIMIT + PIECE_LIMIT + 64];
};

// What is kept of a thread between its ticks and its switches, by slot. Two clocks of CPU time are in use, of
// the event of its ticks and of that of its switches, which differ by a constant; "away" is the time of
// day without one of them, and changes only while the thread is off the CPU.
struct thread_clock {
  // At the last tick, by the tick's clock.
  __u64 away_at_tick;
  // By the other clock less by this one.
  __u64 shift;
  // The end of the last switch's program, by the tick's clock.
  __u64 left;
  // When the last tick came, and for how long such programs ran since.
  __u64 ticked;
  __u64 work;
  struct savings for_ticks;
  struct savings for_leaving;
  // Ticks that were passed over since the last sample at one.
  __u64 passed;
  // Ticks that fell due in such programs, in parts of `ONE_TICK`, less those that were left out.
  __u32 owed;
  // Whether there was a tick, it has left the CPU since the last one, and `shift` and `left` are known.
  __u32 has_ticked;
  __u32 has_left;
  __u32 has_shift;
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
  __type(value, struct tick_known_states);
} states SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, struct thread_clock);
} clocks SEC(".maps");

// What each CPU may spend at switches, whichever threads leave it.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct savings);
} cpu_savings SEC(".maps");

// Threads whose first tick has not come yet, or whose event has its first, random period still; by slot.
// The value is not 0 once that tick has come: those that follow until the period is the usual one are none.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, TICK_FIRST_THREADS);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u64);
  __type(value, __u32);
} firsts SEC(".maps");

// What cannot wait until somebody looks: the slots of threads whose first tick has come; and TICK_RING_FILLS.
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1 << 16);
} calls SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, TICK_COUNTS);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

// A code object whose names were copied: what it was, the hash of the names' text, since when that has been the same,
// and when it was looked at last. The latter three only where text is checked.
struct named_code {
  __u64 hash;
  __u64 text;
  __u64 since;
  __u64 checked;
};

// Those with the same place, the newest first.
struct named_set {
  struct named_code codes[NAMED_WAYS];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, NAMED_SETS);
  __type(key, __u32);
  __type(value, struct named_set);
} named SEC(".maps");

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

// The same where it matters that it cannot be read.
static __always_inline int read_word(__u64 address, __u64 *value) {
  return !bpf_probe_read_user(value, sizeof *value, (void *)address);
}

// Whether a loop is beyond its time. What all loops of a sample do counts: there may be many that end soon.
static __always_inline int is_late(struct scratch *scratch, __u64 deadline) {
  if (scratch->work++ < WORK_A_LOOK) return 0;
  scratch->work = 0;
  return bpf_ktime_get_ns() > deadline;
}

// Copies what the thread has at `address` to `end` in `data`. False if it cannot be read.
static __always_inline int copy(struct scratch *scratch, __u32 end, __u32 size, __u64 address) {
  int is_fault = bpf_probe_read_user(&scratch->data[end], size, (void *)address) != 0;
  scratch->work += is_fault ? WORK_OF_FAULT : size / BYTES_A_WORD;
  return !is_fault;
}

// Copies `size` bytes of the thread's memory behind those that are there: address, size, bytes.
//
// Not static, like all that have `__noinline`: the verifier looks at such a function once, with any arguments, not
// once for each path that leads to it. Loading would take a second otherwise.
__noinline int append(__u64 address, __u32 size) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 0;
  __u32 end = scratch->end;
  if (end > DATA_LIMIT || size > PIECE_LIMIT) return 0;
  *(__u64 *)&scratch->data[end] = address;
  *(__u64 *)&scratch->data[end + 8] = size;
  if (!copy(scratch, end + 16, size, address)) return 0;
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

static long cut(struct search *search) {
  search->is_cut = 1;
  return 1;
}

static long look_at_state(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 1;
  struct search *search = &scratch->search;
  if (!search->state) return 1;
  if (is_late(scratch, scratch->search_deadline)) return cut(search);
  __u64 thread_id = 0;
  if (!read_word(search->state + configuration->state_thread_id, &thread_id)) return cut(search);
  if (thread_id == search->thread_id) search->last_match = search->state;
  if (configuration->states_wander) {
    __u64 place = 0;
    if (configuration->state_place >= 0 &&
        !read_word(search->state + configuration->state_place, &place))
      return cut(search);
    if (place - search->stack_start < search->stack_end - search->stack_start ||
        search->state == search->holder)
      search->last_visitor = search->state;
  }
  __u64 next = 0;
  if (!read_word(search->state + configuration->state_next, &next)) return cut(search);
  search->state = next;
  return 0;
}

static long look_at_interpreter(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 1;
  struct search *search = &scratch->search;
  if (!search->interpreter) return 1;
  if (is_late(scratch, scratch->search_deadline)) return cut(search);
  search->last_match = 0;
  search->last_visitor = 0;
  __u64 next = 0, state = 0;
  if (!read_word(search->interpreter + configuration->interpreter_next, &next) ||
      !read_word(search->interpreter + configuration->interpreter_states, &state))
    return cut(search);
  search->state = state;
  bpf_loop(STATE_LIST_LIMIT, look_at_state, 0, 0);
  if (search->is_cut || search->state) return cut(search);
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

static __always_inline int still_holds(const struct tick_known_states *known,
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

__noinline int find_states(void) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 0;
  struct tick_record *record = &scratch->record;
  struct search *search = &scratch->search;
  __u64 newest = user_word(configuration->interpreters_head);
  __u64 slot = record->slot;
  struct tick_known_states *known = bpf_map_lookup_elem(&states, &slot);
  if (known && still_holds(known, configuration, record->fs_base, newest, record->start)) {
    for (int i = 0; i < TICK_STATES; i++) record->states[i] = known->states[i];
    if (known->is_cut) record->cut |= TICK_CUT_SEARCH;
    return 0;
  }
  *search = (struct search){
      .thread_id = record->fs_base,
      .interpreter = newest,
      .stack_start = record->stack_start,
      .stack_end =
          stack_end(record->stack_start, configuration->start_of_stack, record->fs_base)};
  if (configuration->holder) search->holder = user_word(configuration->holder);
  bpf_loop(INTERPRETER_LIMIT, look_at_interpreter, 0, 0);
  struct tick_known_states found = {.newest_interpreter = newest,
                                    .checked = record->start,
                                    .has_several_interpreters = search->interpreters > 1,
                                    .is_cut = search->is_cut};
  if (search->is_cut) {
    // To look again soon would take as long. The reader lists them in its own time, and makes them known.
    record->cut |= TICK_CUT_SEARCH;
    found.misses = DOUBLINGS;
    bpf_map_update_elem(&states, &slot, &found, BPF_ANY);
    return 0;
  }
  for (int i = 0; i < TICK_STATES; i++) record->states[i] = found.states[i] = search->states[i];
  if (known && !known->is_cut && !known->states[0] && !found.states[0])
    found.misses = known->misses < DOUBLINGS ? known->misses + 1 : DOUBLINGS;
  bpf_map_update_elem(&states, &slot, &found, BPF_ANY);
  return 0;
}

// Copies the used part of a chunk, up to `top`, which an older chunk has in its header. Its other
// pages may never have been touched, and then cannot be read here.
__noinline int copy_chunk(__u64 chunk, __u64 top) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 0;
  struct walk *walk = &scratch->walk;
  __u64 header[3];
  if (!top) {
    if (bpf_probe_read_user(header, sizeof header, (void *)chunk)) return 0;
    top = chunk + CHUNK_HEADER + 8 * header[2];
  }
  __u64 size = top - chunk;
  if (size < CHUNK_HEADER || size > PIECE_LIMIT) return 0;
  __u32 data = scratch->end + 16;
  if (!append(chunk, size)) return 0;
  walk->chunk = chunk;
  walk->chunk_size = size;
  walk->chunk_data = data;
  return 1;
}

static __always_inline __u64 copied_word(struct scratch *scratch, __u64 offset) {
  if (offset > DATA_LIMIT + PIECE_LIMIT) return 0;
  return *(__u64 *)&scratch->data[offset];
}

static __always_inline __u64 mixed(__u64 hash, __u64 word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 29;
}

// Adds the text of a str object (3.8 to 3.11: Include/cpython/unicodeobject.h), a copy of which begins at `copy` in
// `data`, to `hash`: its length, the size of its characters, and `most` bytes of them. Its own hash and its cached
// forms may come later than itself, and do not count.
__noinline __u64 text_hash(__u32 copy, __u32 most, __u64 hash) {
  struct scratch *scratch = current_scratch();
  if (!scratch || copy > DATA_LIMIT) return 0;
  __u64 length = copied_word(scratch, copy + 16);
  __u32 state = copied_word(scratch, copy + 32);
  __u32 kind = state >> 2 & 7, is_compact = state >> 5 & 1, is_ascii = state >> 6 & 1;
  if (length > TICK_TEXT_LENGTH) length = TICK_TEXT_LENGTH;
  hash = mixed(hash, length << 3 | kind);
  __u32 size = is_compact ? length * kind : 0;
  if (size > most) size = most;
  __u32 start = copy + (is_ascii ? 48 : 72);
  for (__u32 i = 0; i < TICK_FILE_TEXT / 8; i++) {
    if (8 * i >= size) break;
    __u64 word = copied_word(scratch, start + 8 * i);
    __u32 rest = size - 8 * i;
    if (rest < 8) word &= (1ull << (8 * (rest & 7))) - 1;
    hash = mixed(hash, word);
  }
  return hash;
}

// Has the word of the reference count, at `copy` in `data`, carry the hash of the text; a dead object's is left as it
// is.
static __always_inline void carry_text(struct scratch *scratch, __u32 copy, __u64 text) {
  if (copy > DATA_LIMIT) return;
  __u64 *count = (__u64 *)&scratch->data[copy];
  if (*count && *count < 1ull << TICK_TEXT_SHIFT)
    *count |= TICK_TEXT | (text & 0xffffffff) << TICK_TEXT_SHIFT;
}

// Copies a str object, or what of it lies in its page: the next one may never have been touched, and a copy that fails
// copies nothing.
static __always_inline int append_string(__u64 address, __u32 size) {
  __u32 rest = PAGE - (address & (PAGE - 1));
  return append(address, size) || (rest < size && append(address, rest));
}

// Copies the names of a code object that was not met before: an import runs each module's once, and it is
// freed sooner than anybody can read it from outside. `copy` is where in `data` the object's own bytes are.
__noinline int copy_names(__u64 code, __u32 copy) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 0;
  copy -= configuration->code_start;
  __u64 name = copied_word(scratch, copy + configuration->code_name);
  __u64 file = copied_word(scratch, copy + configuration->code_file);
  __u64 lines = copied_word(scratch, copy + configuration->code_lines);
  __u64 hash = mixed(mixed(mixed(mixed(configuration->generation, code), name), file), lines);
  __u64 now = scratch->record.start, text = 0;
  __u32 place = hash & (NAMED_SETS - 1), checks = configuration->code_checks_text;
  struct named_set *set = bpf_map_lookup_elem(&named, &place);
  if (!set) return 0;
  struct named_code *known = 0;
  for (int i = 0; i < NAMED_WAYS; i++)
    if (set->codes[i].hash == hash) {
      known = &set->codes[i];
      break;
    }
  if (known) {
    if (!checks) return 0;
    if (now - known->checked < TEXT_TRUST && known->checked - known->since >= TEXT_YOUTH) {
      carry_text(scratch, copy, known->text);
      return 0;
    }
  }
  __u32 end = scratch->end, file_copy;
  int has_text = append_string(name, NAME_SIZE);
  file_copy = scratch->end + 16;
  has_text = append_string(file, FILE_SIZE) && has_text;
  if (checks) {
    if (has_text) text = text_hash(file_copy, TICK_FILE_TEXT, text_hash(end + 16, TICK_NAME_TEXT, 0)) >> 32;
    carry_text(scratch, copy, text);
    if (known && known->text == text) {
      scratch->end = end;
      if (now - known->checked > TEXT_GAP) known->since = now;
      known->checked = now;
      return 0;
    }
  }
  if (!known) {
    for (int i = NAMED_WAYS - 1; i > 0; i--) set->codes[i] = set->codes[i - 1];
    known = &set->codes[0];
  }
  *known = (struct named_code){.hash = hash, .text = text, .since = now, .checked = now};
  // To the end of its page, for the same reason. What is cut is read from the process.
  __u32 rest = PAGE - (lines & (PAGE - 1));
  return append(lines, rest < LINES_SIZE ? rest : LINES_SIZE);
}

// Copies what tells which code object the frame runs now: by the time that its name is read, another
// may lie at its address.
__noinline int copy_code(__u64 code) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 0;
  // The tag of a `_PyStackRef`.
  code &= ~3ull;
  // Frames and stack need the rest.
  if (!code || scratch->end > DATA_LIMIT / 2) return 0;
  struct copied_code *copied = &scratch->codes[mixed(0, code) & (COPIED_CODES - 1)];
  if (copied->code == code && copied->start == scratch->record.start) return 0;
  copied->code = code;
  copied->start = scratch->record.start;
  __u32 copy = scratch->end + 16;
  if (append(code + configuration->code_start, configuration->code_size) &&
      configuration->code_name)
    copy_names(code, copy);
  return 0;
}

static long copy_frame(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch) return 1;
  struct walk *walk = &scratch->walk;
  if (!walk->next) return 1;
  if (is_late(scratch, scratch->frames_deadline)) {
    scratch->record.cut |= TICK_CUT_FRAMES;
    return 1;
  }
  __u64 distance = walk->next - walk->chunk;
  if (walk->chunk && distance < walk->chunk_size &&
      walk->chunk_size - distance >= configuration->frame_start + configuration->frame_size) {
    __u64 frame = walk->chunk_data + distance;
    walk->next = copied_word(scratch, frame + configuration->frame_previous);
    copy_code(copied_word(scratch, frame + configuration->frame_code));
    return 0;
  }
  if (walk->chunk) {
    // The next older chunk holds it, or it lies elsewhere: in a generator, or on the C stack.
    __u64 previous = copied_word(scratch, walk->chunk_data);
    if (previous && walk->next - previous < PIECE_LIMIT && copy_chunk(previous, 0) &&
        walk->next - walk->chunk < walk->chunk_size)
      return 0;
  }
  // Up to 3.10 there are thousands of these in a deep recursion, and a read takes most of the time.
  __u64 copy = scratch->end + 16 - configuration->frame_start;
  if (!append(walk->next + configuration->frame_start, configuration->frame_size))
    return 1;
  walk->next = copied_word(scratch, copy + configuration->frame_previous);
  copy_code(copied_word(scratch, copy + configuration->frame_code));
  return 0;
}

static long copy_word(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || index >= TICK_WORDS) return 1;
  if (configuration->words[index]) append(configuration->words[index], 8);
  return 0;
}

static long copy_state(__u32 index, void *unused) {
  struct tick_configuration *configuration = current_configuration();
  struct scratch *scratch = current_scratch();
  if (!configuration || !scratch || index >= TICK_STATES) return 1;
  __u64 state = scratch->record.states[index];
  if (!state || !append(state, configuration->state_size)) return 1;
  if (configuration->interpreter_size)
    append(
           user_word(state + configuration->state_interpreter) + configuration->interpreter_start,
           configuration->interpreter_size);
  __u64 head = user_word(state + configuration->state_head);
  if (configuration->head_frame >= 0) {
    append(head + configuration->head_frame, 8);
    head = user_word(head + configuration->head_frame);
  }
  scratch->walk = (struct walk){.next = head};
  if (configuration->state_chunk >= 0)
    copy_chunk(user_word(state + configuration->state_chunk),
               user_word(state + configuration->state_chunk_top));
  bpf_loop(STEP_LIMIT, copy_frame, 0, 0);
  return 0;
}

// Page by page: what lies behind the stack may not be mapped, and a copy that fails copies nothing.
static long copy_stack_page(__u32 index, void *unused) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 1;
  struct stack_copy *stack = &scratch->stack;
  if (stack->address >= stack->limit) return 1;
  if (index >= LEAST_PAGES && is_late(scratch, scratch->deadline)) {
    scratch->record.cut |= TICK_CUT_STACK;
    return 1;
  }
  __u64 size = PAGE - (stack->address & (PAGE - 1));
  if (size > stack->limit - stack->address) size = stack->limit - stack->address;
  __u32 end = scratch->end;
  if (end > DATA_LIMIT || size > PAGE || !copy(scratch, end, size, stack->address)) return 1;
  scratch->end = end + size;
  stack->address += size;
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

static __always_inline void count(__u32 what, __u64 amount) {
  __u64 *sum = bpf_map_lookup_elem(&counts, &what);
  if (sum) __sync_fetch_and_add(sum, amount);
}

static __always_inline int call(__u64 what) {
  return !bpf_ringbuf_output(&calls, &what, sizeof what, BPF_RB_FORCE_WAKEUP);
}

static __always_inline void take_sample(struct bpf_perf_event_data *context,
                                        struct tick_configuration *configuration,
                                        struct scratch *scratch, __u64 budget) {
  struct tick_record *record = &scratch->record;
  record->slot = (__u32)bpf_get_attach_cookie(context);
  record->cut = 0;
  scratch->search_deadline = record->start + budget / 2;
  scratch->frames_deadline = record->start + budget / 8 * 7;
  scratch->deadline = record->start + budget;
  scratch->work = 0;
  struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
  __u64 fs_base = BPF_CORE_READ(task, thread.fsbase);
  record->fs_base = fs_base;

  scratch->end = 0;
  record->kernel_size = 0;
  if ((context->regs.cs & 3) == 3) {
    record->is_user = 1;
    keep_registers(record, &context->regs);
  } else {
    record->is_user = 0;
    // What the thread had in its registers when it entered the kernel.
    void *saved = (void *)bpf_task_pt_regs((void *)task);
    bpf_probe_read_kernel(&scratch->entry, sizeof scratch->entry, saved);
    keep_registers(record, &scratch->entry);
    long size = bpf_get_stack(context, scratch->data, 127 * 8, 0);
    if (size > 0) scratch->end = record->kernel_size = size;
  }

  __u64 start = record->registers[7] - RED_ZONE;
  record->stack_start = start;
  for (int i = 0; i < TICK_STATES; i++) record->states[i] = 0;
  if (configuration->is_ready && fs_base) {
    find_states();
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
    __u64 most = record->is_switch ? LEAVING_STACK_LIMIT : STACK_LIMIT;
    if (end - start > most) {
      end = start + most;
      record->cut |= TICK_CUT_STACK;
    }
    scratch->stack = (struct stack_copy){.address = start, .limit = end};
    bpf_loop(STACK_LIMIT / PAGE + 1, copy_stack_page, 0, 0);
  }
  record->stack_size = scratch->end - record->kernel_size - record->python_size;
  record->end = bpf_ktime_get_ns();

  __u32 end = scratch->end;
  if (end > DATA_LIMIT + PIECE_LIMIT) return;
  // No wake-up: it would be an interrupt of its own. The reader looks often enough as long as it has the CPU
  // when it wants it; if not, somebody else must make room.
  if (bpf_ringbuf_output(&records, record, sizeof *record + end, BPF_RB_NO_WAKEUP) &&
      !record->is_switch)
    count(TICK_LOST, 1);
  __u64 eighth = bpf_ringbuf_query(&records, BPF_RB_RING_SIZE) / 8;
  __u64 after = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
  if (after >= 2 * eighth && after / eighth != (after - end) / eighth) call(TICK_RING_FILLS);
}

// False for what comes between a thread's first tick and the usual period.
static __always_inline int is_wanted(__u64 slot) {
  __u32 *has_ticked = bpf_map_lookup_elem(&firsts, &slot);
  if (!has_ticked) return 1;
  if (*has_ticked) return 0;
  // If that finds no room, the next tick is taken for the first one.
  if (call(slot)) *has_ticked = 1;
  return 1;
}

// What is kept of a thread; 0 where there is no room.
static __always_inline struct thread_clock *clock_of(__u64 slot, __u64 now) {
  struct thread_clock *clock = bpf_map_lookup_elem(&clocks, &slot);
  if (clock) return clock;
  struct thread_clock new = {.owed = bpf_get_prandom_u32() % ONE_TICK,
                             .for_ticks = {.left = MOST_FOR_TICK},
                             .for_leaving = {.left = MOST_FOR_LEAVING, .until = now}};
  bpf_map_update_elem(&clocks, &slot, &new, BPF_ANY);
  return bpf_map_lookup_elem(&clocks, &slot);
}

static __always_inline int can_spend(struct savings *savings, __u64 now, __s64 most) {
  __s64 left = savings->left + (now - savings->until) / SHARE;
  savings->left = left < most ? left : most;
  savings->until = now;
  return left > 0;
}

// Nanoseconds spent. More than twice what was allowed was somebody else's: the host's, where this is a guest.
static __always_inline void spend(struct savings *savings, __s64 cost, __s64 allowed) {
  savings->left -= cost < 2 * allowed ? cost : 2 * allowed;
}

// Whether the tick is one of those that fell due while `leave` kept interrupts off. As many are owed as the part of the
// thread's time says that this took; they come soon after the thread has come back, among others of its own.
static __always_inline int is_own(struct thread_clock *clock, __u64 counter) {
  __u64 time = counter - clock->ticked, since = counter - clock->left;
  if (clock->has_ticked && time && clock->work <= time) {
    __u32 owed = clock->owed + clock->work * ONE_TICK / time;
    clock->owed = owed < MOST_OWED ? owed : MOST_OWED;
  }
  int is_soon = clock->has_left && clock->has_shift && since < OVERDUE_WINDOW;
  clock->ticked = counter;
  clock->work = 0;
  clock->has_left = 0;
  if (!is_soon || clock->owed < ONE_TICK) return 0;
  clock->owed -= ONE_TICK;
  return 1;
}

static __always_inline int sample(struct bpf_perf_event_data *context, int is_switch, __u64 start,
                                  __u64 budget, __u32 ticks) {
  struct scratch *scratch = current_scratch();
  if (!scratch) return 0;
  if (__sync_lock_test_and_set(&scratch->is_taken, 1)) {
    if (!is_switch) count(TICK_LOST, 1);
    return 0;
  }
  scratch->process = bpf_get_attach_cookie(context) >> 32;
  scratch->record.start = start;
  scratch->record.is_switch = is_switch;
  scratch->record.ticks = ticks;
  struct tick_configuration *configuration = current_configuration();
  if (configuration) take_sample(context, configuration, scratch, budget);
  scratch->is_taken = 0;
  return 0;
}

SEC("perf_event")
int tick(struct bpf_perf_event_data *context) {
  __u64 now = bpf_ktime_get_ns();
  __u64 slot = (__u32)bpf_get_attach_cookie(context);
  struct bpf_perf_event_value time = {};
  struct thread_clock *clock = 0;
  int own = 0;
  if (!bpf_perf_prog_read_value(context, &time, sizeof time) && (clock = clock_of(slot, now))) {
    clock->away_at_tick = now - time.counter;
    own = is_own(clock, time.counter);
    clock->has_ticked = 1;
  }
  if (!is_wanted(slot)) return 0;
  if (own) {
    count(TICK_OWN, 1);
    return 0;
  }
  if (!clock) return sample(context, 0, now, MOST_FOR_TICK, 1);
  // Where stacks take long there are fewer whole ones, not as many halves. Which ticks these are has nothing to do
  // with what the thread does at them.
  if (!can_spend(&clock->for_ticks, time.counter, SAVED_SAMPLES * MOST_FOR_TICK)) {
    clock->passed++;
    count(TICK_PASSED, 1);
    return 0;
  }
  sample(context, 0, now, MOST_FOR_TICK, 1 + clock->passed);
  clock->passed = 0;
  spend(&clock->for_ticks, bpf_ktime_get_ns() - now, MOST_FOR_TICK);
  return 0;
}

// The thread leaves the CPU: what it does while it is away is what it did last. Runs before the kernel
// writes its PERF_RECORD_SWITCH (kernel/events/core.c, perf_event_task_sched_out), with interrupts off.
SEC("perf_event")
int leave(struct bpf_perf_event_data *context) {
  __u64 slot = (__u32)bpf_get_attach_cookie(context), start = bpf_ktime_get_ns();
  __u32 only = 0;
  struct thread_clock *clock = clock_of(slot, start);
  struct savings *of_cpu = bpf_map_lookup_elem(&cpu_savings, &only);
  struct bpf_perf_event_value time = {};
  if (!clock || !of_cpu || bpf_perf_prog_read_value(context, &time, sizeof time)) {
    count(TICK_SWITCH_PASSED, 1);
    return 0;
  }
  __u64 away = start - time.running;
  if (!clock->has_left) {
    clock->shift = away - clock->away_at_tick;
    clock->has_shift = clock->has_ticked;
    clock->has_left = 1;
  }
  int may = can_spend(&clock->for_leaving, start, SAVED_SAMPLES * MOST_FOR_LEAVING);
  may &= can_spend(of_cpu, start, SAVED_SAMPLES_OF_CPU * MOST_FOR_LEAVING);
  // Ticks need room more than these, of which few will be wanted.
  __u64 waiting = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
  if (!may) count(TICK_SWITCH_PASSED, 1);
  if (!may || waiting > bpf_ringbuf_query(&records, BPF_RB_RING_SIZE) / 2) return 0;
  sample(context, 1, start, MOST_FOR_LEAVING, 0);
  __u64 end = bpf_ktime_get_ns(), work = end - start;
  clock->work += work;
  clock->left = end - (away - clock->shift);
  spend(&clock->for_leaving, work, MOST_FOR_LEAVING);
  spend(of_cpu, work, MOST_FOR_LEAVING);
  return 0;
}

// bpf_loop, bpf_task_pt_regs and reading the thread's memory are open to GPL-compatible programs
// only; the kernel takes a licence that allows both.
char _license[] SEC("license") = "Dual BSD/GPL";
