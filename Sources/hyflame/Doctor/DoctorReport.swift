import ProfileModel
import Recorder

/// What a machine allows, judged from facts alone.
struct DoctorReport: Equatable {
  private(set) var findings: [Finding] = []
  /// How samples would be taken; nil if not at all.
  let mode: CaptureMode?
  /// Exit status: `ExitStatus.notPermitted` if recording is blocked.
  private(set) var status = ExitStatus.success

  let machine: MachineFacts
  let target: TargetFacts?
  /// Path of hyflame itself, for commands.
  let program: String

  init(
    machine: MachineFacts, target: TargetFacts? = nil, sample: TestSample? = nil, program: String
  ) {
    self.machine = machine
    self.target = target
    self.program = program
    mode = Self.mode(machine, target)
    findings = machineFindings()
    if let target { findings += targetFindings(target) }
    if let sample { findings.append(finding(of: sample)) }
    if findings.contains(where: { $0.state == .blocked }) { status = ExitStatus.notPermitted }
    if let target, Self.hasNoPython(target) { status = ExitStatus.noTarget }
  }

  /// As `Recorder` chooses.
  private static func mode(_ machine: MachineFacts, _ target: TargetFacts?) -> CaptureMode? {
    let facts = CaptureFacts(
      perfEvents: machine.userTicks, program: machine.program, tracing: machine.tracing,
      reading: machine.reading, tracer: target?.tracer ?? 0)
    guard case .take(let mode, _) = CaptureChoice.choose(nil, facts) else { return nil }
    return mode
  }

  private static func hasNoPython(_ target: TargetFacts) -> Bool {
    guard target.exists, !target.hasEnded else { return true }
    guard target.mapping == nil, target.reading == nil else { return false }
    switch target.python {
    case .found, .notInitialized, .unread: return false
    case .none, .unsupported, .inconsistent: return true
    }
  }

  private func machineFindings() -> [Finding] {
    [
      .ok("kernel", "Linux \(machine.kernel)"), privilege, perfEvents, ringMemory, tracing, reading,
      seccomp, kernelCapture, clock, namespaces, openFiles, recording,
    ]
  }

  private static let above = "what the lines above say"

  /// What it all comes to.
  private var recording: Finding {
    switch mode {
    case .kernel: .ok("recording", "samples are taken inside the kernel; nobody is stopped")
    case .stop: .ok("recording", "the sampled thread is stopped for each sample, some 0.1 ms")
    case .read:
      .degraded(
        "recording", "Python frames alone are read while the target runs; nobody is stopped",
        Self.above)
    case nil: .blocked("recording", "no way of taking samples is allowed", Self.above)
    }
  }
}
