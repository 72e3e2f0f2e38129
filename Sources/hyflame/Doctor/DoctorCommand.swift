import ArgumentParser
import Glibc
import ProfileModel
import Recorder
import RecordingFile

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine allows a recording to see, and the command that changes it.",
    discussion: """
      EXAMPLES:
        hyflame doctor             this machine and this user
        hyflame doctor -p 4242     the same, that process, and samples of half a second

      Each line is ok, degraded (a recording hides something or costs more) or blocked (there will be \
      none); below it stands what to type. The exit status is 3 if a recording is blocked, 4 if there is \
      no such process or no CPython in it.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The process to look at.", valueName: "pid"))
  var pid: Int32?

  @Flag(help: "For programs: schema hyflame.doctor/1.")
  var json = false

  func run() throws {
    if let pid, pid <= 0 {
      throw CommandFailure.usage("a process id is positive, not \(pid)")
    }
    do { try ProcMount.check() } catch {
      throw CommandFailure(error, output: "", facts: .current(pid: 0))
    }
    let machine = MachineFacts.probe()
    let target = pid.map { TargetFacts.probe(pid: $0) }
    let program = MachineFacts.ownPath ?? "hyflame"
    var report = DoctorReport(machine: machine, target: target, program: program)
    if let target, report.status == ExitStatus.success {
      report = DoctorReport(
        machine: machine, target: target, sample: testSample(target.pid), program: program)
    }
    try StandardStream.output.write(json ? try report.json() : report.text())
    if report.status != ExitStatus.success { throw ExitCode(report.status) }
  }

  /// Records for half a second, into a file that nobody else sees.
  private func testSample(_ pid: Int32) -> TestSample {
    var template = Array("/tmp/hyflame-doctor-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
    guard mkdtemp(&template) != nil else {
      return .failed("no directory can be made in /tmp", status: ExitStatus.failure)
    }
    let directory = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = directory + "/test.data"
    defer {
      unlink(path)
      rmdir(directory)
    }
    let plan = RecordingPlan(target: .attach(pid: pid), duration: 0.5, output: path)
    do {
      _ = try Recorder(plan: plan).run { _ in }
      let profile = try RecordingReader.read(path: path)
      return .taken(
        samples: profile.samples.count,
        exact: profile.samples.count { $0.merge == .exact }, mode: profile.recording.capture,
        longest: profile.ledger.pauses.longest)
    } catch let error as RecordingError {
      if case .noSamples = error { return .idle }
      let failure = CommandFailure(error, plan: plan)
      return .failed(failure.message, status: failure.status)
    } catch {
      return .failed("the recording could not be read", status: ExitStatus.failure)
    }
  }
}
