import Glibc
import LinuxIO
import Recorder
import RecordingFile
import Testing

@testable import hyflame

/// The exact sentence and status for each error.
@Suite struct AdviceTests {
  private func user(
    _ own: UInt32, target: UInt32? = nil, scope: Int? = nil, paranoid: Int? = nil
  ) -> PermissionFacts {
    PermissionFacts(ptraceScope: scope, paranoid: paranoid, ownUser: own, targetUser: target)
  }

  private func expect(
    _ error: RecordingError, _ facts: PermissionFacts? = nil, says message: String, status: Int32,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let failure = CommandFailure(error, output: "a b.data", facts: facts ?? user(1000))
    #expect(failure.message == message, sourceLocation: sourceLocation)
    #expect(failure.status == status, sourceLocation: sourceLocation)
  }

  @Test func targets() {
    expect(
      .noSuchProcess(pid: 7),
      says: "there is no process 7; to list those that run Python: pgrep -a python", status: 4)
    expect(
      .notPython(pid: 7, executable: "/usr/bin/sleep"),
      says: """
        process 7 (/usr/bin/sleep) runs no CPython, which hyflame needs; to look for Python among \
        its children: pgrep -a -P 7
        """, status: 4)
    expect(
      .unsupportedPython(pid: 7, version: "3.16"),
      says: """
        process 7 runs CPython 3.16, whose data hyflame \(hyflameVersion) cannot read (it \
        knows 3.8 to 3.15); to record native frames alone: hyflame record --native-only -p 7
        """, status: 4)
    expect(
      .inconsistentPython(pid: 7, version: "3.14.2", contradiction: "a list does not end"),
      says: """
        the data of process 7 are not those of CPython 3.14.2, which it seems to be: a list does not end; \
        to record native frames alone: hyflame record --native-only -p 7
        """, status: 4)
    expect(
      .alreadyTraced(pid: 7, tracer: 99),
      says: """
        process 7 is traced by process 99 already (a debugger, strace or a profiler), and a process \
        has one tracer at a time: --capture read needs none; to see which: ps -fp 99
        """, status: 3)
  }

  @Test func refusedTracing() {
    let refused = RecordingError.notPermitted(
      pid: 7, call: .ptrace, errno: EPERM, paranoid: nil)
    let start = "not permitted to sample process 7 (ptrace: Operation not permitted): "
    expect(
      refused, user(1000, target: 0, scope: 1),
      says: start + "it belongs to user 0 and you are user 1000; sudo hyflame record -p 7",
      status: 3)
    expect(
      refused, user(1000, target: 1000, scope: 1),
      says: start + """
        kernel.yama.ptrace_scope is 1 and must be 0 to attach to a process that hyflame did not \
        launch; sudo hyflame record -p 7, or sudo sysctl kernel.yama.ptrace_scope=0
        """, status: 3)
    expect(
      refused, user(1000, target: 1000, scope: 3),
      says: start + """
        kernel.yama.ptrace_scope is 3, which forbids tracing until the next boot; boot with a value \
        of 2 or less
        """, status: 3)
    expect(
      refused, user(1000, target: 1000, scope: 0),
      says: start + """
        the process is protected (set-user-id, file capabilities) or a container forbids ptrace; \
        sudo hyflame record -p 7, or in a container docker run --cap-add=SYS_PTRACE …
        """, status: 3)
    expect(
      refused, user(0, target: 1000, scope: 1),
      says: start + """
        the process is protected (set-user-id, file capabilities) or a container forbids ptrace; \
        docker run --cap-add=SYS_PTRACE …
        """, status: 3)
  }

  @Test func refusedEvents() {
    let start = "not permitted to sample process 7 (perf_event_open: Permission denied): "
    func refused(_ paranoid: Int?) -> RecordingError {
      .notPermitted(pid: 7, call: .perfEventOpen, errno: EACCES, paranoid: paranoid)
    }
    expect(
      refused(3),
      says: start + """
        kernel.perf_event_paranoid is 3 and must be 2 or less; sudo sysctl \
        kernel.perf_event_paranoid=2, or run hyflame with sudo
        """, status: 3)
    let container = """
      a container or seccomp filter forbids it; docker run --cap-add=PERFMON --cap-add=SYS_PTRACE \
      …, or record from the host
      """
    expect(
      refused(2),
      says: start + "kernel.perf_event_paranoid is 2, which suffices, so " + container, status: 3)
    expect(refused(nil), says: start + container, status: 3)
    expect(
      refused(nil), user(1000, paranoid: 4),
      says: start + """
        kernel.perf_event_paranoid is 4 and must be 2 or less; sudo sysctl \
        kernel.perf_event_paranoid=2, or run hyflame with sudo
        """, status: 3)
  }

  @Test func launching() {
    expect(
      .cannotLaunch(command: "x", errno: ENOENT),
      says: """
        cannot launch 'x': No such file or directory; no directory of PATH holds it: give its full \
        path
        """, status: 1)
    expect(
      .cannotLaunch(command: "./x", errno: ENOENT),
      says: "cannot launch './x': No such file or directory", status: 1)
    expect(
      .cannotLaunch(command: "./a b", errno: EACCES),
      says: "cannot launch './a b': Permission denied; to let it be executed: chmod +x './a b'",
      status: 1)
    expect(
      .cannotLaunch(command: "./x.py", errno: ENOEXEC),
      says: """
        cannot launch './x.py': Exec format error; name its interpreter: hyflame record -- python3 \
        ./x.py
        """, status: 1)
  }

  @Test func processesThatHaveEnded() {
    expect(
      .hasEnded(pid: 4242, parent: 7),
      says: """
        process 4242 has ended (it is a zombie that its parent PID 7 has not reaped), so there is \
        nothing to record; to see its parent: ps -fp 7
        """, status: 4)
    expect(
      .executing(pid: 4242),
      says: """
        process 4242 was between two programs (execve) whenever it was looked at; to try again: \
        hyflame record -p 4242
        """, status: 1)
  }

  @Test func theEndOfARecording() {
    expect(
      .noSamples(commandStatus: nil),
      says: """
        no samples: no thread of the target used the CPU while it was recorded, so a b.data was not \
        written; record for longer or while it works
        """, status: 5)
    expect(
      .noSamples(commandStatus: 7 << 8),
      says: """
        no samples: the command ended before one was taken, so a b.data was not written; -r 10k takes \
        more of them
        """, status: 7)
    expect(
      .aborted, says: "aborted; what was sampled until the last second is in a b.data", status: 130)
    expect(
      .system(call: .epollControl, errno: EBADF),
      says: "epoll_ctl failed: Bad file descriptor",
      status: 1)
    expect(
      .outputExists(path: "a b.data"),
      says: "a b.data exists already; --force replaces it, -o FILE writes another file", status: 1)
    expect(
      .outputUnwritable(path: "x", errno: EROFS),
      says: "cannot write x: Read-only file system; -o FILE writes elsewhere", status: 1)
  }

  @Test func recordingFiles() {
    func message(_ error: RecordingFileError) -> String { CommandFailure(error).message }
    #expect(
      message(.writeFailed(path: "a b", errno: ENOSPC)) == """
        cannot write a b: No space left on device; what was written before can be read: hyflame \
        report 'a b'
        """)
    #expect(
      message(.unwritable(path: "x", errno: ENOSPC)) == "cannot write x: No space left on device")
    #expect(message(.unreadable(path: "x", errno: EACCES)) == "cannot read x: Permission denied")
  }

  @Test func theStatusOfALaunchedCommand() {
    #expect(ExitStatus.ofCommand(waitStatus: 0) == 0)
    #expect(ExitStatus.ofCommand(waitStatus: 7 << 8) == 7)
    #expect(ExitStatus.ofCommand(waitStatus: SIGKILL) == 137)
    #expect(ExitStatus.ofCommand(waitStatus: SIGSEGV | 0x80) == 139)
  }

  @Test func ratesAndDurations() throws {
    #expect(
      try ["1", "100", "1k", "1K", "2.5khz", "250Hz"].map { try RateArgument($0).perSecond }
        == [1, 100, 1000, 1000, 2500, 250])
    #expect(
      try ["30", "30s", "500ms", "2m", "1.5h"].map { try DurationArgument($0).seconds }
        == [30, 30, 0.5, 120, 5400])
  }
}
