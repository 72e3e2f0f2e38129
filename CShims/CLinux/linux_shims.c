#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static long result(long value) { return value < 0 ? -errno : value; }

long linux_perf_event_open(struct perf_event_attr *attributes, pid_t tid, int cpu, int group,
                           unsigned long flags) {
  return result(syscall(SYS_perf_event_open, attributes, tid, cpu, group, flags));
}

long linux_ioctl(int descriptor, unsigned long request, unsigned long argument) {
  return result(ioctl(descriptor, request, argument));
}

long linux_signal_thread(int descriptor, pid_t tid, int signal) {
  struct f_owner_ex owner = {.type = F_OWNER_TID, .pid = tid};
  if (fcntl(descriptor, F_SETOWN_EX, &owner) < 0) return -errno;
  if (fcntl(descriptor, F_SETSIG, signal) < 0) return -errno;
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return -errno;
  return result(fcntl(descriptor, F_SETFL, flags | O_ASYNC | O_NONBLOCK));
}

long linux_ptrace(unsigned int request, pid_t tid, unsigned long address, void *data) {
  return result(ptrace(request, tid, (void *)address, data));
}

long linux_ptrace_number(unsigned int request, pid_t tid, unsigned long address,
                         unsigned long data) {
  return result(ptrace(request, tid, (void *)address, (void *)data));
}

// The status that wait(2) would give, of what waitid(2) tells.
static int wait_status(const siginfo_t *info) {
  switch (info->si_code) {
    case CLD_EXITED: return (info->si_status & 0xff) << 8;
    case CLD_KILLED: return info->si_status;
    case CLD_DUMPED: return info->si_status | 0x80;
    // With the event of a ptrace stop above the signal.
    default: return info->si_status << 8 | 0x7f;
  }
}

long linux_wait_any(int *status, int flags) {
  siginfo_t info = {.si_pid = 0};
  // Ptrace stops are told whatever is asked for; WSTOPPED would add the stops of children that are not traced.
  if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | __WALL | flags) < 0) return -errno;
  if (info.si_pid == 0) return 0;
  *status = wait_status(&info);
  // An exec is to be taken before anything else can be asked of the thread, which may have been another one until
  // then (kernel/ptrace.c, looks_like_a_spurious_pid); no signal can be lost with it.
  if (WIFSTOPPED(*status) && *status >> 16 != PTRACE_EVENT_EXEC) return info.si_pid;
  // Another thread may have been faster.
  if (waitpid(info.si_pid, status, __WALL) < 0) return errno == ECHILD ? 0 : -errno;
  return info.si_pid;
}

long linux_swallow_stop(pid_t tid) {
  int status;
  return result(waitpid(tid, &status, __WALL | WNOHANG));
}

long linux_reap_others(pid_t pid) {
  siginfo_t info = {.si_pid = 0};
  if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) < 0) return -errno;
  if (info.si_pid == 0 || info.si_pid == pid) return 0;
  return result(waitpid(info.si_pid, NULL, WNOHANG));
}

long linux_read_memory(pid_t pid, const struct iovec *local, unsigned long local_count,
                       const struct iovec *remote, unsigned long remote_count) {
  return result(process_vm_readv(pid, local, local_count, remote, remote_count, 0));
}

long linux_open_in_root(int root, const char *path, int flags) {
  struct open_how how = {
      .flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return result(syscall(SYS_openat2, root, path, &how, sizeof how));
}

long linux_read_as(uid_t user, gid_t group, const gid_t *groups, size_t count) {
  int death_signal = 0;
  int dumpable = prctl(PR_GET_DUMPABLE);
  prctl(PR_GET_PDEATHSIG, &death_signal);
  // libc's wrappers would change every thread of the process.
  if (syscall(SYS_setgroups, count, groups) < 0) return -errno;
  syscall(SYS_setfsgid, group);
  syscall(SYS_setfsuid, user);
  // Both answer with what was before, also where they refuse; an impossible number changes nothing.
  int is_done = (gid_t)syscall(SYS_setfsgid, -1) == group && (uid_t)syscall(SYS_setfsuid, -1) == user;
  // The kernel clears both with every such change (kernel/cred.c, commit_creds).
  if (death_signal != 0) prctl(PR_SET_PDEATHSIG, death_signal);
  if (dumpable == 1) prctl(PR_SET_DUMPABLE, 1);
  return is_done ? 0 : -EPERM;
}

long linux_filesystem_type(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) < 0) return -errno;
  return (long)(uint32_t)status.f_type;
}

const void *linux_find(const void *bytes, size_t count, const void *wanted, size_t length) {
  return memmem(bytes, count, wanted, length);
}

long linux_shares_memory(pid_t one, pid_t other) {
  return syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0;
}

long linux_gettid(void) { return gettid(); }

long linux_tgkill(pid_t process, pid_t tid, int signal) {
  return result(syscall(SYS_tgkill, process, tid, signal));
}

long linux_pidfd_open(pid_t pid) { return result(syscall(SYS_pidfd_open, pid, 0)); }

long linux_bind_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (cpu >= 0) {
    CPU_SET(cpu, &set);
  } else {
    for (int i = 0; i < CPU_SETSIZE; i++) CPU_SET(i, &set);
  }
  return result(sched_setaffinity(0, sizeof set, &set));
}

long linux_become_realtime(pid_t tid) {
  struct sched_param parameters = {.sched_priority = 1};
  return result(sched_setscheduler(tid, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters));
}

long linux_become_idle(void) {
  struct sched_param parameters = {.sched_priority = 0};
  return result(sched_setscheduler(0, SCHED_IDLE | SCHED_RESET_ON_FORK, &parameters));
}

static void ignore(int signal) { (void)signal; }

long linux_handle_quietly(int signal) {
  struct sigaction action;
  if (sigaction(signal, NULL, &action) < 0) return -errno;
  if (action.sa_handler == SIG_IGN) return 0;
  action = (struct sigaction){.sa_handler = ignore, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  return result(sigaction(signal, &action, NULL));
}

long linux_install_wakeup_handler(int signal) {
  struct sigaction action = {.sa_handler = ignore};
  sigemptyset(&action.sa_mask);
  if (sigaction(signal, &action, NULL) < 0) return -errno;
  // Whoever started this program may have blocked it, and a mask is inherited.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return -pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

