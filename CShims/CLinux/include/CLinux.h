// What Swift cannot spell of the kernel's interface: variadic calls, function-like macros, and
// fork + exec, whose child may only run async-signal-safe code. Every function that makes a system
// call returns its result, or -errno. _GNU_SOURCE is defined in the .c files only: in a header it
// would change types that Swift's Glibc module has already imported.
#pragma once
#include <asm/perf_regs.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

// perf_event_open(2) has no wrapper in libc.
long linux_perf_event_open(struct perf_event_attr *attributes, pid_t tid, int cpu, int group,
                           unsigned long flags);

// _IO() request numbers are macros with arguments.
static const unsigned long linux_PERF_EVENT_IOC_ENABLE = PERF_EVENT_IOC_ENABLE;
static const unsigned long linux_PERF_EVENT_IOC_DISABLE = PERF_EVENT_IOC_DISABLE;
static const unsigned long linux_PERF_EVENT_IOC_REFRESH = PERF_EVENT_IOC_REFRESH;
static const unsigned long linux_PERF_EVENT_IOC_PERIOD = PERF_EVENT_IOC_PERIOD;
static const unsigned long linux_PERF_EVENT_IOC_SET_OUTPUT = PERF_EVENT_IOC_SET_OUTPUT;
static const unsigned long linux_PERF_EVENT_IOC_ID = PERF_EVENT_IOC_ID;

// ioctl(2) with an integer argument.
long linux_ioctl(int descriptor, unsigned long request, unsigned long argument);

// Makes `descriptor` send `signal`, with its number in si_fd, to thread `tid` whenever it becomes
// readable: F_SETOWN_EX, F_SETSIG and O_ASYNC of fcntl(2).
long linux_signal_thread(int descriptor, pid_t tid, int signal);

// ptrace(2) is variadic.
long linux_ptrace(unsigned int request, pid_t tid, unsigned long address, void *data);

// ptrace(PTRACE_SETOPTIONS) and friends take a number where the others take a pointer.
long linux_ptrace_number(unsigned int request, pid_t tid, unsigned long address,
                         unsigned long data);

// The si_code and si_fd of a siginfo_t: si_fd is a macro into a union.
static inline int linux_siginfo_descriptor(const siginfo_t *info) { return info->si_fd; }

// wait(2) status macros.
static inline int linux_stopped(int status) { return WIFSTOPPED(status); }
static inline int linux_exited(int status) { return WIFEXITED(status); }
static inline int linux_signaled(int status) { return WIFSIGNALED(status); }
static inline int linux_stop_signal(int status) { return WSTOPSIG(status); }
static inline int linux_exit_status(int status) { return WEXITSTATUS(status); }
static inline int linux_term_signal(int status) { return WTERMSIG(status); }

// The next tracee that stopped, or tracee or child that ended (which is reaped), threads included; 0 if
// there is none. `flags` may be WNOHANG.
//
// A stop is only looked at: its status stays until the thread goes on. A status that was taken is a
// signal that was taken: should its taker die before PTRACE_CONT, the kernel drops the signal
// (kernel/signal.c, ptrace_signal: "did the debugger cancel the sig?").
long linux_wait_any(int *status, int flags);

// Takes the status of a stop, and so the signal: nobody will see it, whatever becomes of this process.
long linux_swallow_stop(pid_t tid);

// Reaps one child that has ended and is not `pid`; 0 if there is none, or if `pid` comes first.
long linux_reap_others(pid_t pid);

// process_vm_readv(2) of one or more remote ranges into one local buffer.
long linux_read_memory(pid_t pid, const struct iovec *local, unsigned long local_count,
                       const struct iovec *remote, unsigned long remote_count);

// Hidden without _GNU_SOURCE (include/uapi/asm-generic/fcntl.h).
static const int linux_O_PATH = 010000000;

// openat2(2) with RESOLVE_IN_ROOT: `path` is resolved as a process would whose root is `root`, symbolic
// links and `..` included. -ENOSYS before Linux 5.6.
long linux_open_in_root(int root, const char *path, int flags);

// Lets the calling thread alone open what this user and these groups may open: setfsuid(2), setfsgid(2)
// and setgroups(2). Away from root that takes the capabilities that override permissions, too. -errno if
// it was refused, perhaps in part: ask again for what was before.
long linux_read_as(uid_t user, gid_t group, const gid_t *groups, size_t count);

// The magic number of an open file's file system (statfs(2)).
long linux_filesystem_type(int descriptor);

// memmem(3), which is hidden without _GNU_SOURCE.
const void *linux_find(const void *bytes, size_t count, const void *wanted, size_t length);

// 1 if two processes run in the same memory, as a vfork child and its parent do (kcmp(2)), 0 if not or
// if the kernel does not tell.
long linux_shares_memory(pid_t one, pid_t other);

long linux_gettid(void);
long linux_tgkill(pid_t process, pid_t tid, int signal);
long linux_pidfd_open(pid_t pid);

// Binds the calling thread to one CPU; `cpu` < 0 restores every CPU.
long linux_bind_to_cpu(int cpu);

// Gives a thread (0: the caller) the lowest real-time priority (sched(7), SCHED_FIFO).
long linux_become_realtime(pid_t tid);
// Lets the calling thread run only where nothing else wants to (sched(7), SCHED_IDLE).
long linux_become_idle(void);

// A real-time safe way to interrupt a thread's blocking call: installs a handler that does nothing,
// without SA_RESTART, for `signal`, and lets the calling thread, and those that it makes, receive it.
long linux_install_wakeup_handler(int signal);

// Lets `signal` do nothing, if it is not ignored already. A handler, not SIG_IGN: what is ignored stays so
// in the programs that are executed.
long linux_handle_quietly(int signal);

// What a program inherits of whoever starts it, and this one changes for itself.
struct linux_inheritance {
  sigset_t blocked;
  struct rlimit open_files;
  // Not 0 if SIGCHLD was ignored, so that children leave no status behind.
  int ignores_children;
};

// What this program was started with: to be called before any of it is changed.
long linux_inherited(struct linux_inheritance *inheritance);

// Forks a child that waits on a pipe and then execs `argv` through PATH, with what `inheritance` holds. Where that
// ignores SIGCHLD this process no longer does: it waits for the child. On
// success *gate is a descriptor: writing one byte to it lets the child exec; and *failure is one from which
// 4 bytes of errno can be read if exec failed, or end of file once it succeeded. Returns the pid or -errno.
long linux_spawn_gated(char *const argv[], const struct linux_inheritance *inheritance, int *gate,
                       int *failure);

// The arguments with which the program was started, its own name first, and how many they are. They come
// from the C entry point: /proc may be missing.
char *const *linux_arguments(int *count);
