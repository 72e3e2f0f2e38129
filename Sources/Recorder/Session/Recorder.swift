import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess

/// One recording, from plan to file.
public struct Recorder {
  private var plan: RecordingPlan
  /// What the user must know of the plan.
  private var remark: String?

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
    return try sparingTheTarget().record(progress)
  }

  private static func withSystemErrors<Value: ~Copyable>(
    _ body: () throws(SystemError) -> Value
  ) throws(RecordingError) -> Value {
    do { return try body() } catch { throw RecordingError(error) }
  }

  /// The same without a tracer where that could harm the target, if nothing else was asked for.
  private func sparingTheTarget() throws(RecordingError) -> Recorder {
    guard plan.capture != .read, case .attach(let pid) = plan.target,
      SystemCallFilter.isOwn(of: ProcFiles(pid: pid))
    else { return self }
    var other = self
    if plan.capture == nil {
      let needsTracer = !plan.recordsPython || plan.recordsTasks || plan.followsChildren
      guard !needsTracer else { throw .filteredTarget(pid: pid) }
      other.plan.capture = .read
    }
    other.remark = SystemCallFilter.note(isTraced: other.plan.capture != .read)
    return other
  }

  private func record(
    _ progress: (RecordingProgress) -> Void
  ) throws(RecordingError) -> RecordingSummary {
    let inheritance = try Self.withSystemErrors(Inheritance.current)
    let watch = try Self.withSystemErrors(InterruptWatch.init)
    try watch.start()
    defer { watch.enter(.over) }
    DescriptorBudget.raiseLimit()
    try DescriptorBudget().check()
    try ProcMount.check()
    var plan = plan
    let (mode, refusal, tickProgram) = try chooseMode()
    if !mode.hasNativeStacks { plan.recordsNative = false }
    let link = try Self.withSystemErrors { () throws(SystemError) in
      try TracerLink(
        ringBytes: Self.ringBytes, tickProgram: tickProgram, mode: mode, period: plan.period)
    }
    link.attendant?.start()
    defer { link.attendant?.stop() }
    var writer: RecordingWriter!
    try RecordingSession.mapErrors { () throws(RecordingFileError) in
      writer = try RecordingWriter(path: plan.output, overwrite: plan.overwrites)
    }
    let session = RecordingSession(plan: plan, link: link, writer: writer)
    watch.onAbort(say: "aborted before anything was sampled", remove: writer.newFile)
    if let remark { session.note(remark) }
    if let refusal {
      let sentence = refusal.fallbackNote(pid: attachedProcess)
      session.fallbackNote = sentence
      session.note(sentence)
    }
    if !mode.isTraced, plan.followsChildren {
      session.note("child processes are not followed: only a tracer is told of them")
    }
    do {
      // Whenever this process may be killed: what it leaves is a recording. To look at the target takes
      // tens of milliseconds, on a busy machine many more.
      try session.flush()
      var prepared: ProcessLink?
      if case .attach(let pid) = plan.target { prepared = try session.inspect(pid: pid) }
      try session.flush()
      let loop = try Self.withSystemErrors { () throws(SystemError) in
        try RecordingLoop(
          plan: plan, link: link, session: session, prepared: prepared, watch: watch,
          inheritance: inheritance)
      }
      return try loop.run(progress)
    } catch {
      if session.sampleCount == 0 { session.discard() }
      throw error
    }
  }

  private var attachedProcess: Int32 {
    if case .attach(let pid) = plan.target { pid } else { 0 }
  }

  /// What is asked for, or the best that is allowed, and why it is no better.
  private func chooseMode() throws(RecordingError) -> (
    CaptureMode, because: CaptureRefusal?, TickProgram?
  ) {
    var facts = try targetFacts()
    if plan.capture != .read {
      facts.perfEvents = PerfPermissions.refusal
      facts.tracing = PtracePermissions.refusal
    }
    var program: TickProgram?
    if mayUseProgram, facts.obstacle == nil || plan.capture == .kernel {
      do { program = try TickProgram(ringBytes: Self.ringBytes) } catch {
        facts.program = error.errno
      }
    }
    let choice = CaptureChoice.choose(
      plan.capture, facts, mayRead: plan.recordsPython && !plan.recordsTasks,
      mayUseProgram: mayUseProgram)
    switch choice {
    case .take(let mode, let refusal): return (mode, refusal, mode == .kernel ? program : nil)
    case .refuse(let refusal): throw refusal.error(pid: attachedProcess)
    }
  }

  /// Tasks are read from stopped threads: the program would have to know asyncio's structures too.
  private var mayUseProgram: Bool {
    (plan.capture == nil || plan.capture == .kernel) && !plan.recordsTasks
  }

  /// Whether its memory may be read shows when it is looked at.
  private func targetFacts() throws(RecordingError) -> CaptureFacts {
    guard case .attach(let pid) = plan.target else { return CaptureFacts() }
    let process = ProcFiles(pid: pid)
    guard process.livingThread() != nil else { throw .absence(of: process) }
    return CaptureFacts(tracer: process.tracer())
  }
}
