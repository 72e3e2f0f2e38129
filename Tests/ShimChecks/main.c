// Calls everything of CShims that is code, with what works and with what the kernel refuses, in a program
// that is built with -fsanitize=address,undefined (`make sanitize`). A check that fails ends it.
#define _GNU_SOURCE
#include <CLinux.h>
#include <CTickProgram.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../CShims/CZlib/shim.h"

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "FAILED: %s:%d: %s (errno %s)\n", __FILE__, __LINE__, \
              #condition, strerror(errno));                                 \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

// MARK: a command behind its gate

// Lets a command run; returns its wait status, and in `error` what exec failed with.
static int run_gated(char *const words[], int opens, int *error) {
  int gate = -1, failure = -1, status = 0;
  struct linux_inheritance inheritance;
  CHECK(linux_inherited(&inheritance) == 0);
  sigemptyset(&inheritance.blocked);
  long pid = linux_spawn_gated(words, &inheritance, &gate, &failure);
  CHECK(pid > 0 && gate >= 0 && failure >= 0);
  if (opens) CHECK(write(gate, "x", 1) == 1);
  close(gate);
  *error = 0;
  ssize_t got = read(failure, error, sizeof *error);
  CHECK(got == 0 || got == sizeof *error);
  close(failure);
  CHECK(waitpid((pid_t)pid, &status, 0) == pid);
  return status;
}

static void gated_commands(void) {
  int error;
  char *seven[] = {"sh", "-c", "exit 7", NULL};
  int status = run_gated(seven, 1, &error);
  CHECK(error == 0 && linux_exited(status) && linux_exit_status(status) == 7);
  char *killed[] = {"sh", "-c", "kill -TERM $$", NULL};
  status = run_gated(killed, 1, &error);
  CHECK(error == 0 && linux_signaled(status) && linux_term_signal(status) == SIGTERM);
  // The gate never opens: nothing runs.
  status = run_gated(seven, 0, &error);
  CHECK(error == 0 && linux_exit_status(status) == 127);
  char *missing[] = {"/no/such/command", NULL};
  status = run_gated(missing, 1, &error);
  CHECK(error == ENOENT && linux_exit_status(status) == 127);
  char *directory[] = {"/", NULL};
  status = run_gated(directory, 1, &error);
  CHECK(error == EACCES && linux_exit_status(status) == 126);
  // What this program handles and has blocked itself is not so in the command.
  CHECK(linux_handle_quietly(SIGTERM) == 0);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  status = run_gated(killed, 1, &error);
  CHECK(linux_signaled(status));
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  signal(SIGTERM, SIG_DFL);
  // What was ignored before stays so, and a handler does not take its place.
  signal(SIGUSR1, SIG_IGN);
  CHECK(linux_handle_quietly(SIGUSR1) == 0);
  char *ignoring[] = {"sh", "-c", "kill -USR1 $$; exit 6", NULL};
  status = run_gated(ignoring, 1, &error);
  CHECK(error == 0 && linux_exited(status) && linux_exit_status(status) == 6);
  signal(SIGUSR1, SIG_DFL);
}

// The command is reaped by its own waiter, all other children by whoever meets them.
static void other_children(void) {
  pid_t own = fork();
  if (own == 0) _exit(3);
  siginfo_t info;
  CHECK(waitid(P_PID, (id_t)own, &info, WEXITED | WNOWAIT) == 0);
  CHECK(linux_reap_others(own) == 0);
  CHECK(linux_reap_others(1) == own);
  CHECK(linux_reap_others(1) == -ECHILD);
}

static void no_descriptors(void) {
  struct rlimit before, none = {3, 3};
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (rlim_t count = 3; count < 7; count++) {
    none.rlim_cur = count;
    none.rlim_max = before.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    int gate, failure;
    char *words[] = {"true", NULL};
    struct linux_inheritance inheritance;
    CHECK(linux_inherited(&inheritance) == 0);
    long pid = linux_spawn_gated(words, &inheritance, &gate, &failure);
    CHECK(pid == -EMFILE);
  }
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
  // Nothing was left open by the refusals.
  int next = dup(0);
  CHECK(next == 3);
  close(next);
}

// MARK: ptrace, waits, memory

static void traced_child(void) {
  static volatile long word = 0x1122334455667788;
  int go[2];
  CHECK(pipe(go) == 0);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    for (;;)
      if (read(go[0], &byte, 1) == 1) _exit(9);
  }
  CHECK(linux_ptrace_number(PTRACE_SEIZE, child, 0, PTRACE_O_TRACESYSGOOD) == 0);
  CHECK(linux_ptrace_number(PTRACE_SEIZE, child, 0, 0) == -EPERM);
  CHECK(linux_ptrace(PTRACE_INTERRUPT, child, 0, NULL) == 0);
  int status = 0;
  CHECK(linux_wait_any(&status, 0) == child && linux_stopped(status));
  CHECK(linux_stop_signal(status) == SIGTRAP && status >> 16 == PTRACE_EVENT_STOP);
  // A stop is only looked at, until it is taken.
  int again = 0;
  CHECK(linux_wait_any(&again, WNOHANG) == child && again == status);
  CHECK(linux_swallow_stop(child) == child);
  CHECK(linux_wait_any(&again, WNOHANG) == 0);
  struct user_regs_struct registers;
  struct iovec place = {&registers, sizeof registers};
  CHECK(linux_ptrace(PTRACE_GETREGSET, child, 1 /* NT_PRSTATUS */, &place) == 0);
  CHECK(place.iov_len == sizeof registers && registers.rsp != 0);
  long copy = 0;
  struct iovec local = {&copy, sizeof copy}, remote = {(void *)&word, sizeof word};
  CHECK(linux_read_memory(child, &local, 1, &remote, 1) == sizeof word && copy == word);
  remote.iov_base = (void *)8;
  CHECK(linux_read_memory(child, &local, 1, &remote, 1) == -EFAULT);
  CHECK(linux_shares_memory(child, getpid()) == 0);
  CHECK(linux_shares_memory(getpid(), getpid()) == 1);
  CHECK(linux_tgkill(child, child, 0) == 0);
  CHECK(linux_tgkill(child, child, 1000) == -EINVAL);
  CHECK(linux_ptrace_number(PTRACE_CONT, child, 0, 0) == 0);
  CHECK(write(go[1], "x", 1) == 1);
  CHECK(linux_wait_any(&status, 0) == child && linux_exited(status));
  CHECK(linux_exit_status(status) == 9);
  CHECK(linux_wait_any(&status, WNOHANG) == -ECHILD);
  CHECK(linux_ptrace_number(PTRACE_SEIZE, child, 0, 0) == -ESRCH);
  close(go[0]);
  close(go[1]);
}

// MARK: perf events, signals, files

static void perf_events(void) {
  struct perf_event_attr clock = {
      .type = PERF_TYPE_SOFTWARE, .size = sizeof clock, .config = PERF_COUNT_SW_TASK_CLOCK,
      .sample_period = 1000000, .exclude_kernel = 1, .exclude_hv = 1, .disabled = 1};
  long event = linux_perf_event_open(&clock, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (event < 0) {
    CHECK(event == -EACCES || event == -EPERM || event == -ENOSYS);
    printf("perf events are refused here: their wrappers were called with that alone\n");
  } else {
    uint64_t number = 0;
    CHECK(linux_ioctl((int)event, linux_PERF_EVENT_IOC_ID, (unsigned long)&number) == 0);
    CHECK(number != 0);
    CHECK(linux_install_wakeup_handler(SIGURG) == 0);
    CHECK(linux_signal_thread((int)event, (pid_t)linux_gettid(), SIGURG) == 0);
    CHECK(linux_ioctl((int)event, linux_PERF_EVENT_IOC_ENABLE, 0) == 0);
    for (volatile int round = 0; round < 20000000; round++) continue;
    CHECK(linux_ioctl((int)event, linux_PERF_EVENT_IOC_DISABLE, 0) == 0);
    CHECK(linux_ioctl((int)event, linux_PERF_EVENT_IOC_SET_OUTPUT, 12345) < 0);
    close((int)event);
  }
  CHECK(linux_perf_event_open(&clock, 0x7ffffff0, -1, -1, 0) < 0);
  clock.size = 7;
  CHECK(linux_perf_event_open(&clock, 0, -1, -1, 0) < 0);
  CHECK(linux_ioctl(-1, linux_PERF_EVENT_IOC_ENABLE, 0) == -EBADF);
  CHECK(linux_signal_thread(-1, 1, SIGURG) == -EBADF);
}

static void signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  sigprocmask(SIG_BLOCK, &set, NULL);
  CHECK(linux_install_wakeup_handler(SIGWINCH) == 0);
  CHECK(linux_tgkill(getpid(), (pid_t)linux_gettid(), SIGWINCH) == 0);
  CHECK(linux_install_wakeup_handler(1000) == -EINVAL);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_fd = 42;
  CHECK(linux_siginfo_descriptor(&info) == 42);
}

static void files(void) {
  int root = open("/usr", O_PATH | O_DIRECTORY);
  CHECK(root >= 0);
  long file = linux_open_in_root(root, "/../../bin/env", O_RDONLY);
  CHECK(file >= 0 || file == -ENOSYS);
  if (file >= 0) close((int)file);
  CHECK(linux_open_in_root(root, "/etc/passwd", O_RDONLY) < 0);
  CHECK(linux_open_in_root(-7, "/x", O_RDONLY) < 0);
  close(root);
  long process = linux_pidfd_open(getpid());
  CHECK(process >= 0);
  close((int)process);
  CHECK(linux_pidfd_open(-1) == -EINVAL);
}

static void scheduling(void) {
  CHECK(linux_bind_to_cpu(0) == 0);
  CHECK(linux_bind_to_cpu(-1) == 0);
  CHECK(linux_bind_to_cpu(CPU_SETSIZE - 1) == -EINVAL);
  // A CPU that no set has: nothing may be written beyond it.
  CHECK(linux_bind_to_cpu(1 << 20) == -EINVAL);
  long result = linux_become_realtime(0);
  CHECK(result == 0 || result == -EPERM);
  CHECK(linux_become_realtime(0x7ffffff0) < 0);
  CHECK(linux_become_idle() == 0);
}

// MARK: the program in the kernel, gzip

static int records, switches;

static int take(void *context, const void *bytes, size_t size) {
  CHECK(context == &records);
  struct tick_record record;
  CHECK(size >= sizeof record);
  memcpy(&record, bytes, sizeof record);
  CHECK(size >= sizeof record + record.kernel_size + record.python_size + record.stack_size);
  if (record.is_switch) {
    CHECK(record.slot == 78 && !record.is_user && record.kernel_size > 0);
    switches++;
  } else {
    CHECK(record.slot == 77);
    records++;
  }
  return 0;
}

static int take_one(void *context, const void *bytes, size_t size) {
  take(context, bytes, size);
  return -1;
}

static int firsts;

static void take_call(void *context, tick_u32 what) {
  CHECK(context == &firsts && what == 77);
  firsts++;
}

static void work(void) {
  for (volatile int step = 0; step < 5000000; step++) continue;
}

static void tick_program(void) {
  struct tick_program *program = NULL;
  // Loading fails at its first map, and at each later one: what was made until then is freed.
  struct rlimit before, few;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  for (few = before, few.rlim_cur = 3; few.rlim_cur < 8; few.rlim_cur++) {
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    CHECK(tick_program_load(1 << 20, &program) < 0 && program == NULL);
  }
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
  long error = tick_program_load(1 << 20, &program);
  if (error < 0) {
    printf("no program in the kernel here (%s): loading failed cleanly\n", strerror((int)-error));
    return;
  }
  struct tick_configuration configuration = {.is_ready = 1, .generation = 3, .copies_stack = 1};
  CHECK(tick_program_configure(program, 0, &configuration) == 0);
  CHECK(tick_program_configure(program, TICK_PROCESSES, &configuration) < 0);
  CHECK(tick_program_inherit(program, 1, 0) == 0);
  CHECK(tick_program_inherit(program, 1, TICK_PROCESSES) < 0);
  CHECK(tick_program_attach(program, -1, 0, 0, 0) < 0);
  struct perf_event_attr clock = {
      .type = PERF_TYPE_SOFTWARE, .size = sizeof clock, .config = PERF_COUNT_SW_TASK_CLOCK,
      .sample_period = 1000000, .disabled = 1};
  long event = linux_perf_event_open(&clock, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  CHECK(event >= 0);
  long link = tick_program_attach(program, (int)event, 0, 0, 77);
  CHECK(link >= 0);
  // Of the first ticks one is taken, until the thread is said to have its usual period.
  CHECK(tick_program_expect_first(program, 77) == 0);
  CHECK(linux_ioctl((int)event, linux_PERF_EVENT_IOC_ENABLE, 0) == 0);
  for (int round = 0; round < 1000 && !firsts; round++) {
    work();
    tick_program_wait(program, 0, take_call, &firsts);
  }
  for (int round = 0; round < 5; round++) work();
  tick_program_wait(program, 0, take_call, &firsts);
  CHECK(firsts == 1);
  CHECK(tick_program_drain(program, take, &records) == 1 && records == 1);
  tick_program_had_first(program, 77);
  struct tick_known_states known = {.states = {1}};
  tick_program_know(program, 77, &known);
  for (int round = 0; round < 1000 && records < 5; round++) {
    work();
    CHECK(tick_program_drain(program, take_one, &records) >= -1);
  }
  CHECK(records >= 5);
  struct perf_event_attr switching = {
      .type = PERF_TYPE_SOFTWARE, .size = sizeof switching,
      .config = PERF_COUNT_SW_CONTEXT_SWITCHES, .sample_period = 1};
  long other = linux_perf_event_open(&switching, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  CHECK(other >= 0);
  long leaving = tick_program_attach(program, (int)other, 1, 0, 78);
  CHECK(leaving >= 0);
  for (int round = 0; round < 20; round++) usleep(1000);
  CHECK(tick_program_drain(program, take, &records) >= 0);
  CHECK(switches >= 20);
  close((int)leaving);
  close((int)other);
  CHECK(tick_program_count(program, TICK_LOST) == 0);
  CHECK(tick_program_count(program, TICK_COUNTS) == 0);
  close((int)link);
  close((int)event);
  tick_program_free(program);
}

static void gzip(void) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  CHECK(hyflame_gzip_init(&stream, 6) == Z_OK);
  unsigned char input[1000], output[2000];
  memset(input, 'x', sizeof input);
  stream.next_in = input;
  stream.avail_in = sizeof input;
  stream.next_out = output;
  stream.avail_out = sizeof output;
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  CHECK(output[0] == 0x1f && output[1] == 0x8b);
  CHECK(deflateEnd(&stream) == Z_OK);
  memset(&stream, 0, sizeof stream);
  CHECK(hyflame_gzip_init(&stream, 99) == Z_STREAM_ERROR);
}

int main(void) {
  other_children();
  no_descriptors();
  gated_commands();
  traced_child();
  perf_events();
  signals();
  files();
  gzip();
  tick_program();
  scheduling();
  printf("shims: no error under the address and undefined-behaviour sanitizers; %d ticks\n", records);
  return 0;
}
