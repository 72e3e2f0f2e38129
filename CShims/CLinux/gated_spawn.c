#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

long linux_inherited(struct linux_inheritance *inheritance) {
  if (getrlimit(RLIMIT_NOFILE, &inheritance->open_files) < 0) return -errno;
  struct sigaction children;
  if (sigaction(SIGCHLD, NULL, &children) < 0) return -errno;
  inheritance->ignores_children = children.sa_handler == SIG_IGN;
  return -pthread_sigmask(SIG_SETMASK, NULL, &inheritance->blocked);
}

// Runs in the child: only async-signal-safe calls, because another thread of the parent may have
// held any lock at the fork.
static void run_child(char *const argv[], const struct linux_inheritance *inheritance, int gate,
                      int failure) {
  // What the profiler handles must have its default action before anything is unblocked; what is ignored
  // was so before the profiler. (SIGKILL and SIGSTOP refuse; nothing to do about that.)
  for (int number = 1; number < NSIG; number++) {
    struct sigaction current;
    if (sigaction(number, NULL, &current) == 0 && current.sa_handler != SIG_IGN)
      signal(number, SIG_DFL);
  }
  if (inheritance->ignores_children) signal(SIGCHLD, SIG_IGN);
  sigprocmask(SIG_SETMASK, &inheritance->blocked, NULL);
  // select(2) cannot wait for descriptors above the usual soft limit.
  setrlimit(RLIMIT_NOFILE, &inheritance->open_files);

  char byte;
  ssize_t got;
  do got = read(gate, &byte, 1);
  while (got < 0 && errno == EINTR);
  // End of file: the profiler died before it was ready. Nothing must run then.
  if (got != 1) _exit(127);
  execvp(argv[0], argv);
  int error = errno;
  ssize_t ignored = write(failure, &error, sizeof error);
  (void)ignored;
  _exit(error == ENOENT ? 127 : 126);
}

long linux_spawn_gated(char *const argv[], const struct linux_inheritance *inheritance, int *gate,
                       int *failure) {
  int gate_pipe[2], failure_pipe[2];
  if (pipe2(gate_pipe, O_CLOEXEC) < 0) return -errno;
  if (pipe2(failure_pipe, O_CLOEXEC) < 0) {
    int error = errno;
    close(gate_pipe[0]);
    close(gate_pipe[1]);
    return -error;
  }
  if (inheritance->ignores_children) signal(SIGCHLD, SIG_DFL);
  pid_t child = fork();
  if (child == 0) {
    close(gate_pipe[1]);
    close(failure_pipe[0]);
    run_child(argv, inheritance, gate_pipe[0], failure_pipe[1]);
  }
  int error = errno;
  close(gate_pipe[0]);
  close(failure_pipe[1]);
  if (child < 0) {
    close(gate_pipe[1]);
    close(failure_pipe[0]);
    return -error;
  }
  *gate = gate_pipe[1];
  *failure = failure_pipe[0];
  return child;
}
