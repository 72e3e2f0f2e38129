import CLinux
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile

/// One recording, from plan to file.
public struct Recorder {
  private let plan: RecordingPlan

  /// Packets of about 10 ms at 4 kHz with 100 KiB of stack each.
  private static let ringBytes = 16 << 20

  public init(plan: RecordingPlan) { self.plan = plan }

  /// Records until the plan, a signal or the target ends it, and leaves a complete file.
  ///
  /// Blocks the calling thread, which must be the process's main thread: signals are taken on it.
  /// `progress` is called on the same thread, at most ten times a second.
  public func run(
    progress: (RecordingProgress) -> Void
  ) throws(RecordingError) -> RecordingSummary {
    try RecordingSession.mapErrors { () throws(RecordingFileError) in
      try RecordingWriter.probe(path: plan.output, overwrite: plan.overwrites)
    }
    do {
      return try record(progress)
    } catch let error as RecordingError {
      throw error
    } catch let error as SystemError {
      throw .system(operation: error.operation, errno: error.errno)
    } catch {
      throw .system(operation: "record", errno: 0)
    }
  }

  private func record(_ progress: (RecordingProgress) -> Void) throws -> RecordingSummary {
    // With SIGTTOU blocked, a progress line written in the background stops nobody (tcsetattr(3)); nor does
    // Ctrl-Z, before the target is let go.
    let signals = try SignalDescriptor(signals: [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGTTOU])
    DescriptorBudget.raiseLimit()
    var plan = plan
    let tickProgram = try tickProgram()
    let way = try way(tickProgram)
    // Registers of a thread that runs are not to be had without a stop or an event.
    if way == .read { plan.recordsNative = false }
    let link = try TracerLink(ringBytes: Self.ringBytes, tickProgram: tickProgram, way: way)
    var writer: RecordingWriter!
    try RecordingSession.mapErrors { () throws(RecordingFileError) in
      writer = try RecordingWriter(path: plan.output, overwrite: plan.overwrites)
    }
    let session = RecordingSession(plan: plan, link: link, writer: writer)
    if way == .read, plan.capture == .automatic, let refusal = PerfPermissions.refusal {
      session.note(Self.fallbackNote(refusal))
    }
    if way == .read, plan.followsChildren {
      session.note("child processes are not followed: only a tracer is told of them")
    }
    do {
      // Whenever this process may be killed: what it leaves is a recording. To look at the target takes
      // tens of milliseconds, on a busy machine many more.
      try session.flush()
      var prepared: ProcessLink?
      if case .attach(let pid) = plan.target { prepared = try session.inspect(pid: pid) }
      try session.flush()
      let loop = try RecordingLoop(
        plan: plan, link: link, session: session, prepared: prepared, signals: signals)
      return try loop.run(progress)
    } catch {
      if session.sampleCount == 0 { session.discard() }
      throw error
    }
  }

  /// Nil where threads are to be stopped for their samples.
  private func tickProgram() throws(RecordingError) -> TickProgram? {
    // Tasks are read from stopped threads: the program would have to know asyncio's structures too.
    guard plan.capture == .automatic || plan.capture == .kernel, !plan.recordsTasks else {
      return nil
    }
    do { return try TickProgram(ringBytes: Self.ringBytes) } catch {
      guard plan.capture == .kernel else { return nil }
      throw .kernelCaptureRefused(errno: error.errno)
    }
  }

  /// What is asked for; or the best that is allowed.
  private func way(_ tickProgram: TickProgram?) throws(RecordingError) -> CaptureWay {
    if tickProgram != nil { return .kernel }
    let refusal = plan.capture == .reads ? nil : PerfPermissions.refusal
    guard plan.capture == .reads || refusal != nil else { return .stop }
    let pid: Int32 = if case .attach(let pid) = plan.target { pid } else { 0 }
    if plan.capture == .stops || !plan.recordsPython || plan.recordsTasks {
      throw .notPermitted(
        pid: pid, operation: "perf_event_open", errno: refusal ?? EPERM,
        paranoid: PerfPermissions.paranoid)
    }
    return .read
  }

  private static func fallbackNote(_ errno: Int32) -> String {
    "perf events are refused (\(String(cString: strerror(errno)))): Python frames alone are read "
      + "while the target runs; hyflame doctor says what would allow more"
  }
}
