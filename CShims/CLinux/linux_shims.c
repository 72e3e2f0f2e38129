#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/openat2.h>
#include <sched.h>
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

long linux_wait_any(int *status, int flags) { return result(waitpid(-1, status, __WALL | flags)); }

long linux_read_memory(pid_t pid, const struct iovec *local, unsigned long local_count,
                       const struct iovec *remote, unsigned long remote_count) {
  return result(process_vm_readv(pid, local, local_count, remote, remote_count, 0));
}

long linux_open_in_root(int root, const char *path, int flags) {
  struct open_how how = {
      .flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return result(syscall(SYS_openat2, root, path, &how, sizeof how));
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

void linux_unblock_signal(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
