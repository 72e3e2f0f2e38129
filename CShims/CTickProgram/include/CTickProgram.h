// Samples that a BPF program takes inside the kernel (bpf(2), BPF_PROG_TYPE_PERF_EVENT), and what
// loads it. The program itself is tick_program.bpf.c.
#pragma once

#ifdef __bpf__
#include <linux/types.h>
typedef __u64 tick_u64;
typedef __u32 tick_u32;
typedef __s32 tick_s32;
#else
#include <stddef.h>
#include <stdint.h>
typedef uint64_t tick_u64;
typedef uint32_t tick_u32;
typedef int32_t tick_s32;
#endif

// Further words that a sample copies, and thread states of one thread.
#define TICK_WORDS 4
#define TICK_STATES 4
// Bytes of user stack that a sample copies at most.
#define TICK_STACK_LIMIT (512 * 1024)
// The same when a thread leaves the CPU: much of what is copied then is never wanted.
#define TICK_LEAVING_STACK_LIMIT (64 * 1024)
// Threads that can wait for their first tick at a time; the others begin with a whole period.
#define TICK_FIRST_THREADS 65536
// Buffers in which samples are put together: a CPU more than that shares one.
#define TICK_SCRATCHES 64
// Processes that can be sampled at a time.
#define TICK_PROCESSES 1024

#define TICK_TEXT (1ull << 63)
#define TICK_TEXT_SHIFT 31
// Bytes of a name and of a file's name that the hash is of, at most; and characters of its length.
#define TICK_NAME_TEXT 112
#define TICK_FILE_TEXT 176
#define TICK_TEXT_LENGTH 4096

// Where the interpreter keeps what a sample needs: addresses, and byte offsets within CPython's
// structures. All zero while none is known.
struct tick_configuration {
  tick_u32 is_ready;
  // Told back in every record.
  tick_u32 generation;
  tick_u32 copies_stack;
  // PyThreadState: bytes to copy, and fields.
  tick_u32 state_size;
  tick_u32 state_thread_id;
  tick_u32 state_next;
  // The innermost frame or, where `head_frame` is not negative, the struct that holds it there.
  tick_u32 state_head;
  tick_s32 head_frame;
  // PyInterpreterState.
  tick_u32 interpreter_states;
  tick_u32 interpreter_next;
  // A frame: the bytes to copy, and within them the link to the next outer one.
  tick_u32 frame_start;
  tick_u32 frame_size;
  tick_u32 frame_previous;
  // Where in them it points to its code object (a tagged pointer from 3.14 on), and the bytes of that to copy.
  tick_u32 frame_code;
  tick_u32 code_start;
  tick_u32 code_size;
  // Where a code object points to its name, its file's name and its line table, all within those bytes.
  tick_u32 code_name;
  tick_u32 code_file;
  tick_u32 code_lines;
  // Not 0 up to 3.11, which numbers no code objects: one that has taken another's place may differ in nothing but
  // the text of its names. The word of its reference count then has TICK_TEXT, a hash of that text in the 32 bits
  // above the count, and the count in the lowest 31.
  tick_u32 code_checks_text;
  // The innermost data-stack chunk of a PyThreadState, and where its used part ends; negative up to
  // 3.10, which have none.
  tick_s32 state_chunk;
  tick_s32 state_chunk_top;
  tick_u32 state_interpreter;
  // Not 0 where a thread may run with a PyThreadState that carries another thread's id.
  tick_u32 states_wander;
  // Where such a PyThreadState points to its innermost struct on the C stack; negative if there is none.
  tick_s32 state_place;
  // Address of the word that points to the PyThreadState that has the GIL, where nothing is on the C
  // stack; or 0.
  tick_u64 holder;
  // The bytes of a PyInterpreterState to copy: none if the size is 0.
  tick_u32 interpreter_start;
  tick_u32 interpreter_size;
  // Address of the word that points to the newest interpreter.
  tick_u64 interpreters_head;
  // Where the main thread's stack begins (proc_pid_stat(5), startstack).
  tick_u64 start_of_stack;
  // Addresses of further words to copy; 0 for none.
  tick_u64 words[TICK_WORDS];
};

// What a sample lacks because it would have taken too long: the end of the search for its thread states, of
// which nothing is known then; the outer frames; the outer part of the stack, also where that is longer than
// is ever copied.
#define TICK_CUT_SEARCH 1
#define TICK_CUT_FRAMES 2
#define TICK_CUT_STACK 4

// What a call says that is of no thread: a quarter of the ring is full, or more.
#define TICK_RING_FILLS 0xffffffff

// What is counted: ticks for whose record there was no room, those that fell into the program's own work, and those
// that were passed over because earlier ones had used an eighth of the thread's time on the CPU; and switches, of the
// thread's time or of that of its CPU.
#define TICK_LOST 0
#define TICK_OWN 1
#define TICK_PASSED 2
#define TICK_SWITCH_PASSED 3
#define TICK_COUNTS 4

// What is believed of a thread's PyThreadStates.
struct tick_known_states {
  tick_u64 states[TICK_STATES];
  tick_u64 newest_interpreter;
  // Nanoseconds of CLOCK_MONOTONIC.
  tick_u64 checked;
  // Other interpreters may get thread states for this thread at any time.
  tick_u32 has_several_interpreters;
  // How often in a row none was found, without the first time.
  tick_u32 misses;
  // Not 0 if the search for them was cut: there may be some.
  tick_u32 is_cut;
  tick_u32 unused;
};

// One sample: of a tick or, if `is_switch` is not 0, of a thread that leaves the CPU. Behind it: the
// kernel's call chain (`kernel_size` bytes, innermost first), the pieces of the interpreter's memory
// (`python_size` bytes; each its address, its size and, rounded up to 8, its bytes), the user stack from
// `stack_start` on (`stack_size` bytes).
struct tick_record {
  // Nanoseconds of CLOCK_MONOTONIC: when the program began and ended.
  tick_u64 start;
  tick_u64 end;
  // What the event was attached with.
  tick_u64 slot;
  tick_u64 fs_base;
  // The thread's PyThreadStates, newest interpreter first; 0 behind the last.
  tick_u64 states[TICK_STATES];
  tick_u64 stack_start;
  // User-mode registers, in the order of enum perf_event_x86_regs without the segments and flags.
  tick_u64 registers[17];
  tick_u32 is_switch;
  tick_u32 is_user;
  tick_u32 is_ready;
  tick_u32 generation;
  tick_u32 kernel_size;
  tick_u32 python_size;
  tick_u32 stack_size;
  // TICK_CUT_…
  tick_u32 cut;
  // How many ticks it stands for: itself and those that were passed over before it; 0 of a switch.
  tick_u32 ticks;
  tick_u32 unused;
};

#ifndef __bpf__
struct tick_program;

// Loads the program into the kernel, with room for `ring_bytes` (a power of two) of records. Returns 0 or -errno:
// -EPERM without CAP_BPF and CAP_PERFMON, others where the kernel lacks what it needs (Linux 5.17, type information in
// /sys/kernel/btf).
long tick_program_load(size_t ring_bytes, struct tick_program **program);
void tick_program_free(struct tick_program *program);

// Lets the program take the samples of a perf event, of a thread of process number `process`: a task
// clock or, if `is_switch` is not 0, its context switches, which then write no samples of their own.
// Returns a descriptor or -errno; closing it and the event ends that.
long tick_program_attach(struct tick_program *program, int event, int is_switch, tick_u32 process,
                         tick_u32 slot);

// `process` is below TICK_PROCESSES.
long tick_program_configure(struct tick_program *program, tick_u32 process,
                            const struct tick_configuration *configuration);

// Gives process `to`, of which no thread is attached yet, the configuration of process `from`.
long tick_program_inherit(struct tick_program *program, tick_u32 to, tick_u32 from);

// Calls `take` with each record that is there, oldest first, until it returns a negative number; that record
// has been taken too. To be called by one thread at a time. Returns the number of records or -errno.
long tick_program_drain(struct tick_program *program,
                        int (*take)(void *context, const void *bytes, size_t size),
                        void *context);

// Says of a thread to be attached that its event has another period up to its first tick. Returns 0 or -errno.
long tick_program_expect_first(struct tick_program *program, tick_u32 slot);
// The thread has its usual period, or has ended.
void tick_program_had_first(struct tick_program *program, tick_u32 slot);
// Waits at most `milliseconds` for what cannot wait, and calls `take` with the slot of each thread that has had
// its first tick, and TICK_RING_FILLS. One thread alone may do so.
void tick_program_wait(struct tick_program *program, int milliseconds,
                       void (*take)(void *context, tick_u32 what), void *context);

// Makes the thread states of a thread known, as they are now.
void tick_program_know(struct tick_program *program, tick_u32 slot,
                       const struct tick_known_states *states);

// One of the counts: TICK_LOST and those that follow it.
tick_u64 tick_program_count(struct tick_program *program, tick_u32 what);
#endif
