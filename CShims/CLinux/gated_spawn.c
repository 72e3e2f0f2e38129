#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

// Runs in the child: only async-signal-safe calls, because another thread of the parent may have
// held any lock at the fork.
static void run_child(char *const argv[], int gate, int failure) {
  // Signals that the profiler ignores or blocks must not be so in the command. (SIGKILL and SIGSTOP
  // refuse; nothing to do about that.)
  for (int number = 1; number < NSIG; number++) {
    struct sigaction current;
    if (sigaction(number, NULL, &current) == 0 && current.sa_handler != SIG_IGN)
      signal(number, SIG_DFL);
  }
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

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

long linux_spawn_gated(char *const argv[], int *gate, int *failure) {
  int gate_pipe[2], failure_pipe[2];
  if (pipe2(gate_pipe, O_CLOEXEC) < 0) return -errno;
  if (pipe2(failure_pipe, O_CLOEXEC) < 0) {
    int error = errno;
    close(gate_pipe[0]);
    close(gate_pipe[1]);
    return -error;
  }
  pid_t child = fork();
  if (child == 0) {
    close(gate_pipe[1]);
    close(failure_pipe[0]);
    run_child(argv, gate_pipe[0], failure_pipe[1]);
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
