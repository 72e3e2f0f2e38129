import Foundation
import ProfileModel
import Support
import Testing

/// What `--capture auto` does where the kernel really refuses something, and that doctor says the same; what is
/// said of programs that run no Python.
extension RealProcessTests {
  @Suite(.serialized) struct FallbackTests {
    @Test(arguments: [
      ("perf_event_open=EPERM", "read", "perf events are refused (Operation not permitted)"),
      ("perf_event_open=ENOSYS", "read", "perf events are refused (Function not implemented)"),
      ("ptrace=EPERM", "read", "ptrace is refused (Operation not permitted)"),
      ("ptrace=EPERM,perf_event_open=EPERM", "read", "ptrace is refused"),
      ("bpf=EPERM", "stop", nil),
      ("bpf=EPERM,ptrace=EPERM", "read", "ptrace is refused"),
      ("process_vm_readv=EPERM", "", nil),
    ])
    func refused(_ calls: String, _ way: String, _ note: String?) throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "20"])
      try target.go()
      let launcher = ["/usr/bin/env", "python3", TestProgram.path("deny.py"), calls]
      let doctor = try HyflameProcess(["doctor", "--json"], launcher: launcher).wait()
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess(
        ["record", "-p", "\(target.pid)", "-d", "0.7", "-o", output], launcher: launcher
      ).wait()
      #expect(doctor.output.contains("\"capture\" : \"\(way)\""), "\(doctor.output)")
      guard !way.isEmpty else {
        #expect(result.status == 3 && doctor.status == 3, "\(result.errors)")
        return
      }
      #expect(result.status == 0 && doctor.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.recording.capture?.rawValue == way)
      #expect(profile.running.contains { profile.names(of: $0).contains("spin") })
      guard let note else { return }
      // At once, and in the recording; once each.
      #expect(result.errors.components(separatedBy: "note: \(note)").count == 2, "\(result.errors)")
      #expect(profile.ledger.notes.filter { $0.hasPrefix(note) }.count == 1)
    }

    /// A process has one tracer: a second recording reads, disturbs nobody, and says why.
    @Test func tracedByAnother() throws {
      let target = try TestProgram(TestedPython.any(), "spinning.py", ["--seconds", "3"])
      let first = try HyflameProcess.attach(
        to: target.pid, output: temporaryPath("hyflame.data"), ["--capture", "stop"])
      try target.go()
      let output = try temporaryPath("hyflame.data")
      let second = try HyflameProcess.run([
        "record", "-p", "\(target.pid)", "-d", "0.7", "-o", output,
      ])
      #expect(second.status == 0, "\(second.errors)")
      #expect(
        second.errors.contains(
          "note: process \(target.pid) is traced by process \(first.pid) already"),
        "\(second.errors)")
      let doctor = try HyflameProcess.run(["doctor", "-p", "\(target.pid)"])
      #expect(doctor.status == 0, "\(doctor.output)")
      #expect(doctor.output.contains("traced by process \(first.pid) already"))
      let profile = try Profile(recordedAt: output)
      #expect(profile.recording.capture == .read)
      #expect(profile.running.contains { profile.names(of: $0).contains("spin") })
      _ = try target.truth()
      #expect(target.wait() == 0 && first.wait().status == 0)
    }

    /// A script that starts Python: the program that was meant is its child.
    @Test(arguments: ["kernel", "stop", "read"])
    func wrapper(_ way: String) throws {
      let python = try TestedPython.any().command[0]
      let output = try temporaryPath("hyflame.data")
      let script = "'\(python)' -c 'sum(range(30_000_000))'; exit 4"
      let result = try HyflameProcess.run([
        "record", "-o", output, "--force", "--capture", way, "--", "/bin/sh", "-c", script,
      ])
      if way == "kernel", result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 4, "\(result.errors)")
      let sentence =
        "/bin/sh never ran Python; 1 child process did and was not recorded. Again with -s: "
        + "hyflame record -s -- /bin/sh -c '"
      #expect(result.errors.contains("warning: " + sentence), "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.notes.contains { $0.hasPrefix(sentence) }, "\(profile.ledger.notes)")
      // What the sentence says to type does it.
      guard way != "read" else { return }
      let again = try HyflameProcess.run([
        "record", "-s", "-o", output, "--force", "--capture", way, "--", "/bin/sh", "-c", script,
      ])
      #expect(again.status == 4 && !again.errors.contains("never ran Python"), "\(again.errors)")
      let whole = try Profile(recordedAt: output)
      #expect(whole.running.contains { whole.names(of: $0).contains("<module>") })
      #expect(!whole.ledger.notes.contains { $0.contains("no Python ran") })
      // The last line counts what the report shows.
      let counts = "samples of \(whole.threads.count) threads in \(whole.processes.count) processes"
      #expect(again.errors.contains(counts), "\(again.errors)")
    }

    @Test(arguments: ["stop", "read"])
    func noPythonAtAll(_ way: String) throws {
      let output = try temporaryPath("hyflame.data")
      let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
      let result = try HyflameProcess.run([
        "record", "-o", output, "--capture", way, "--", "/bin/sh", "-c", script,
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("note: no Python ran in this process"), "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.ledger.notes.contains { $0.hasPrefix("no Python ran in this process") })
    }

    /// A Python program is not told that none ran, however short it is.
    @Test(arguments: ["pass", "sum(range(3_000_000))"])
    func shortPython(_ source: String) throws {
      let output = try temporaryPath("hyflame.data")
      let python = try TestedPython.any().command[0]
      let result = try HyflameProcess.run(["record", "-o", output, "--", python, "-c", source])
      #expect(result.status == 0, "\(result.errors)")
      #expect(!result.errors.contains("no Python"), "\(result.errors)")
    }

    /// Too short for a sample: that is worth a warning, and the command's status stays its own.
    @Test(arguments: [("exit 0", Int32(0)), ("exit 3", 3)])
    func tooShortACommand(_ script: String, _ status: Int32) throws {
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run([
        "record", "-r", "1", "-o", output, "--", "/bin/sh", "-c", script,
      ])
      #expect(result.status == status, "\(result.errors)")
      #expect(result.errors.hasPrefix("warning: no samples: "), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
    }

    /// Every thread has the kernel's name at least, also one that Python does not know.
    @Test func namesOfTheKernel() throws {
      let target = try PythonTarget(
        TestedPython.any(),
        source: """
          import ctypes, sys, threading
          libc = ctypes.CDLL(None)
          name = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
          thread = ctypes.c_ulong()
          # pause(2) as the thread's function: it never runs Python.
          libc.pthread_create(ctypes.byref(thread), None, ctypes.cast(libc.pause, ctypes.c_void_p), None)
          libc.pthread_setname_np(thread, b"native-thread")
          print("ready", flush=True)
          sys.stdin.read(1)
          """)
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess.run([
        "record", "-q", "-p", "\(target.pid)", "-d", "0.5", "-o", output,
      ])
      #expect(result.status == 0, "\(result.errors)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.threads.contains { $0.name == "native-thread" && !$0.isPython })
      #expect(profile.threads.allSatisfy { !$0.name.isEmpty })
    }
  }
}
