import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess
import SampleTypes
import StackMerging
import Unwinding

/// The processing side of one recording: takes packets and kernel samples, makes samples of them,
/// writes the file. Runs on the main thread; the tracing thread never waits for it.
final class RecordingSession {
  let plan: RecordingPlan
  let link: TracerLink
  let writer: RecordingWriter
  /// Nanoseconds of CLOCK_MONOTONIC. Attaching to thousands of threads takes a second, which is none of the
  /// recording: it begins with the first thread that is sampled.
  private(set) var start: UInt64
  /// The attached process, or the launched command's.
  private(set) var root: RecordedProcess?
  /// By number.
  private(set) var processes: [Int32: RecordedProcess] = [:]
  /// What was recorded when the recording was suspended, by pid.
  private(set) var suspended: [Int32: RecordedProcess] = [:]
  /// By slot.
  private(set) var threads: [Int32: RecordedThread] = [:]
  let kernelSymbols = KernelSymbolsLoader()
  let sources: SourceNaming
  var ledger = SessionLedger()
  private var remarks = SessionNotes()
  private lazy var context = makeContext()
  private var pendingNews: ArraySlice<TracerLink.News> = []
  private var appliedNews = 0
  /// Processes whose interpreter is looked for, the next one first.
  private var locating: ArraySlice<RecordedProcess> = []
  /// Nanoseconds that one turn may look for interpreters: a storm of new processes must not keep samples
  /// waiting.
  private static let locatingTimePerTurn: UInt64 = 2_000_000
  /// The last that the next `turn` has to tell: packets, and the news before them, are also taken between
  /// turns.
  private var event = Event.none
  private var taskNames: [TaskName] = []
  private let waitingTicks = WaitingTicks()
  /// Why Python frames alone are read, where nobody asked for it.
  var fallbackNote: String?
  var childWatch = ChildWatch()
  /// Whether a process that has ended had run Python, or might have.
  private(set) var hasMetPython = false
  /// A sentence that a user must read before the recording is of any use.
  var warning: String?
  /// Threads that come now were there before they were attached to.
  var isAttaching = false
  /// By number, the pids of descendants that were looked at and are not traced yet.
  var inspected: [Int32: Int32] = [:]
  /// Nanoseconds that one turn may look at threads that stood still when they were attached to.
  private static let lookingTimePerTurn: UInt64 = 30_000_000
  /// Samples that were made and have no place in the recording yet.
  private let queue = SampleQueue()
  /// Threads that have appeared and that nobody has asked for yet.
  private var newThreads: [RecordedThread] = []

  init(plan: RecordingPlan, link: TracerLink, writer: RecordingWriter) {
    self.plan = plan
    self.link = link
    self.writer = writer
    sources = SourceNaming(writer: writer, downloads: plan.downloadsDebugFiles)
    start = MonotonicClock.now()
  }

  private func makeContext() -> ImageContext {
    ImageContext(
      plan: plan, writer: writer, sources: sources,
      kernelFrames: KernelFrames(
        writer: writer, loader: kernelSymbols, namesFunctions: plan.namesKernelFunctions),
      tickProgram: link.tickProgram, queue: queue)
  }

  var sampleCount: Int64 { ledger.samples }

  /// As whom the recorded programs open files.
  var access = FileAccess()
  /// As the recording has it.
  var writtenAccess = FileAccess()

  /// True once the target has ended the recording, and nobody else.
  var endsWithTarget = false

  var notes: [String] { remarks.sentences }

  func note(_ sentence: String) { remarks.add(sentence) }

  // MARK: Processes

  @discardableResult
  func begin(
    _ shared: ProcessLink, parent: Int32?, awaitsExec: Bool
  ) -> RecordedProcess {
    let process = RecordedProcess(
      shared, context: context, parent: parent.flatMap { processes[$0] })
    processes[shared.number] = process
    access.look(at: shared.pid)
    if let earlier = suspended.removeValue(forKey: shared.pid) {
      process.takeOver(earlier)
    } else {
      ledger.processesSeen += 1
    }
    if root == nil {
      root = process
      _ = process.index()
    }
    if parent == nil && !awaitsExec { beginImage(of: process, command: nil) }
    return process
  }

  func beginImage(of process: RecordedProcess, command: String?) {
    process.beginImage(command: command)
    writeSamples()
    access.look(at: process.link.pid)
    if process === root { describeTarget() }
    locating.append(process)
  }

  func end(process number: Int32) {
    guard let process = processes.removeValue(forKey: number) else { return }
    access.look(at: process.link.pid)
    if process.isInFile { ledger.sampledProcesses += 1 }
    release(process)
  }

  private func release(_ process: RecordedProcess) {
    if process.pythonEvidence != .none { hasMetPython = true }
    process.finish()
    ledger.endedKernelCounts += process.kernelCounts
    if let place = process.link.place { link.tickProgram?.release(process: place) }
  }

  /// Lets go of everything, which may be taken up again under the same pids.
  func suspend() {
    takePackets()
    endThreads()
    forgetThreads()
    for (number, process) in processes {
      suspended[process.link.pid] = process
      release(process)
      processes[number] = nil
    }
    locating = []
    root = nil
  }

  /// What takes time and must not be waited for once samples come.
  func prepare() {
    if PerfPermissions.mayAllowKernel { kernelSymbols.wait() }
  }

  /// True while an interpreter may appear at any moment.
  var isLocating: Bool { root == nil || locating.contains { $0.isLocating } }

  /// True while samples of code objects that were not known come, which nobody has copied yet.
  var meetsNewCode: Bool {
    guard link.tickProgram != nil else { return false }
    let now = MonotonicClock.now()
    return processes.values.contains { ($0.image?.ticks?.learningUntil ?? 0) > now }
  }

  /// While programs start, their interpreters are looked for again and again, and later now and then.
  private func locateInterpreters() {
    let began = MonotonicClock.now()
    for _ in 0..<locating.count {
      guard let process = locating.popFirst() else { return }
      locate(process)
      if process.isLocating || process === root && !process.hasInterpreter {
        locating.append(process)
      }
      if MonotonicClock.now() &- began > Self.locatingTimePerTurn { return }
    }
  }

  private func locate(_ process: RecordedProcess) {
    if let sentence = process.locateIfNeeded() { note(sentence) }
    if process === root && process.hasInterpreter { describeTarget() }
  }

  /// Looks again at processes that had no interpreter while they started.
  func lookForLateInterpreters() {
    locating.append(
      contentsOf: processes.values.filter { !$0.hasInterpreter && !$0.isLocating && $0 !== root })
  }

  // MARK: One turn of the loop

  /// What happened since the last turn that the loop must know.
  enum Event {
    case none
    case started(pid: Int32)
    case failed(RecordingError)
    case ended
  }

  /// Takes what the tracing thread and the kernel have to tell.
  func turn() -> Event {
    defer { event = .none }
    locateInterpreters()
    watchChildren()
    takePackets()
    let began = MonotonicClock.now()
    for thread in threads.values {
      drainKernel(thread)
      thread.sampling.kernel?.keepEnabled()
      guard thread.waitsForLook else { continue }
      // Thousands at once are looked at little by little: others' samples must not wait.
      if thread.away?.isAssumed == true,
        MonotonicClock.now() &- began > Self.lookingTimePerTurn
      {
        continue
      }
      thread.process.currentImage()?.kernel.look(at: thread)
      writeSamples()
    }
    for process in processes.values {
      process.nameNewThreads()
      if process.readVersion(), process === root { describeTarget() }
    }
    return event
  }

  /// Drains the kernel ring of one thread as soon as it rings: its Python frames move on.
  func drainKernel(slot: Int32) {
    guard let thread = threads[slot] else { return }
    thread.process.beginPass()
    drainKernel(thread)
  }

  func drainKernel(_ thread: RecordedThread) {
    guard thread.sampling.kernel?.ring.hasRecords == true else { return }
    thread.process.currentImage()?.kernel.drain(thread)
    writeSamples()
  }

  /// Threads that have appeared since it was asked last.
  func takeNewThreads() -> [RecordedThread] {
    defer { newThreads.removeAll(keepingCapacity: true) }
    return newThreads
  }

  // MARK: News

  /// News are applied in the order in which they happened relative to packets: a packet says how many
  /// came before it.
  private func applyNews(upTo count: Int) {
    while appliedNews < count, applyNext() {}
  }

  /// A thread is made known before its first sample.
  private func applyNews(untilKnown slot: Int32) {
    while threads[slot] == nil, appliedNews < link.newsCount, applyNext() {}
  }

  private func applyNext() -> Bool {
    if pendingNews.isEmpty { pendingNews = link.takeNews()[...] }
    guard let item = pendingNews.popFirst() else { return false }
    appliedNews += 1
    apply(item)
    return true
  }

  private func apply(_ item: TracerLink.News) {
    switch item {
    case .started(let pid):
      isAttaching = false
      forgetUnattached()
      describeTarget()
      event = .started(pid: pid)
    case .process(let shared, let parent, let awaitsExec):
      if let known = processes[shared.number] {
        confirm(known)
      } else {
        begin(shared, parent: parent, awaitsExec: awaitsExec)
      }
    case .processEnded(let number): end(process: number)
    case .thread(let sampling): if let thread = add(sampling) { newThreads.append(thread) }
    case .threadEnded(let slot): end(slot)
    case .exec(let number, let command):
      if let process = processes[number] { beginImage(of: process, command: command) }
    case .note(let sentence): note(sentence)
    case .count(let subject, let number): remarks.add(subject, number)
    case .failed(let error): event = .failed(error)
    case .ended: event = .ended
    }
  }

  /// Nanoseconds. An event may have had its first tick before that of the thread's last one was there.
  private static let openingTime: UInt64 = 1_000_000

  private func add(_ sampling: ThreadSampling) -> RecordedThread? {
    guard let process = processes[sampling.process] else { return nil }
    let thread = RecordedThread(
      of: process, sampling: sampling,
      name: process.kernelName(of: sampling.tid),
      number: process.numbers.number(of: sampling.tid), period: plan.period)
    threads[sampling.slot] = thread
    if ledger.threadsSeen == 0 { start = sampling.openedAt &- Self.openingTime }
    if isAttaching, link.mode.usesEvents { thread.assumeAway() }
    if process.add(thread) { ledger.threadsSeen += 1 }
    // With a program in the kernel its ticks see all, and these are switches alone.
    let mayLack = link.mode == .stop || link.mode == .kernel && plan.recordsOffCPU
    if mayLack, sampling.kernel?.seesKernel != true { ledger.lacksKernel = true }
    return thread
  }

  private func end(_ slot: Int32) {
    guard let thread = threads[slot] else { return }
    drainKernel(thread)
    thread.process.image?.kernel.giveUpCopies(of: thread)
    writeSamples()
    ledger.endedCPU &+= thread.sampling.cpuTime()
    threads[slot] = nil
    thread.process.remove(slot: slot)
  }

  func forgetThreads() {
    threads.removeAll()
    for process in processes.values { process.suspend() }
  }

  // MARK: Samples

  /// Makes samples of the packets that are there, and applies the news around them.
  func takePackets() {
    for process in processes.values { process.beginPass() }
    // News that come later than this may belong behind packets that are not there yet.
    pendingNews.append(contentsOf: link.takeNews())
    let settled = appliedNews + pendingNews.count
    link.packets.drain { bytes in
      let packet = SamplePacketReader(bytes)
      applyNews(upTo: Int(packet.header.newsBefore))
      take(packet)
    }
    takeTicks()
    applyNews(upTo: settled)
  }

  /// Takes the samples that the kernel took by itself.
  ///
  /// First the code objects that they met are looked at, of all of them: those of an import are freed within
  /// milliseconds, and unwinding through a library for the first time takes as long.
  func takeTicks() {
    guard let program = link.tickProgram else { return }
    program.drain { record in
      if threads[record.slot] == nil {
        // News may end threads that others are of.
        takeWaitingTicks()
        applyNews(untilKnown: record.slot)
      }
      // Where a switch's thread is gone, its absences have been told without a copy.
      guard let thread = threads[record.slot] else {
        if !record.isSwitch { ledger.orphans += 1 }
        return
      }
      // The first samples take long, as nothing is known of any module; a short program would have ended.
      if thread.process.isLocating { locate(thread.process) }
      thread.process.currentImage()?.ticks?.meetCodes(of: record)
      if !waitingTicks.append(record) {
        takeWaitingTicks()
        _ = waitingTicks.append(record)
      }
    }
    takeWaitingTicks()
  }

  private func takeWaitingTicks() {
    waitingTicks.forEach(take)
    waitingTicks.removeAll()
    for process in processes.values { process.endPass() }
  }

  private func take(_ record: TickRecord) {
    guard let thread = threads[record.slot], let image = thread.process.currentImage(),
      let ticks = image.ticks
    else {
      if !record.isSwitch { ledger.orphans += 1 }
      return
    }
    ledger.pauses.add(nanoseconds: Int64(clamping: record.cost))
    if record.isSwitch {
      // The absences before are known before it: see SwitchCopies.
      drainKernel(thread)
      image.kernel.takeSwitch(record, thread)
      writeSamples()
    } else {
      append(ticks.sample(record, of: thread), thread)
    }
  }

  private func take(_ packet: SamplePacketReader) {
    guard let thread = threads[packet.header.slot], let image = thread.process.currentImage() else {
      ledger.orphans += 1
      return
    }
    let header = packet.header
    thread.process.takeCodes(upTo: Int(header.codesBefore))
    var side = SampleAssembler.PythonSide.none
    switch header.python {
    case .noInterpreter:
      side = image.live.expectsPython ? image.live.missing(at: header.time) : .none
    case .noThreadState: break
    case .read, .recovered, .halfLinked:
      side =
        header.python == .read ? .frozen : header.python == .recovered ? .recovered : .halfLinked
      packet.readPython(into: &image.assembler.pythonStack)
      thread.isPython = true
    }
    let result = image.assembler.assemble(
      .init(
        registers: header.registers,
        stack: StackBytes(start: header.stackStart, bytes: packet.stack), python: side,
        collection: header.collection, task: task(header.task),
        kernelFrames: unreadFrames(header, image), circumstances: header.circumstances))
    if header.trigger == .read { return append(draft(result, header), thread) }
    let draft = SampleDraft(
      time: header.time, weight: plan.period, cpu: .running,
      gil: header.gil, source: .userTick, result: result)
    append(draft, thread)
  }

  /// A sample of a `Poller`.
  private func draft(_ result: SampleAssembler.Result, _ header: SamplePacket) -> SampleDraft {
    SampleDraft(
      time: header.time, weight: header.weight, cpu: header.cpu, gil: header.gil,
      source: .unstopped, result: result)
  }

  /// Of a thread that runs without the GIL no Python frame is what it is in: what is, native code or
  /// the kernel, a `Poller` cannot tell.
  private func unreadFrames(_ header: SamplePacket, _ image: ProgramImage) -> [Int32] {
    guard header.trigger == .read, header.cpu == .running, header.gil != .held,
      header.python != .noInterpreter
    else { return [] }
    return [image.assembler.interner.frame(of: Function(kind: .native, name: "[native]"))]
  }

  /// The name of a task that a stop has numbered.
  private func task(_ number: Int32) -> TaskName? {
    guard number >= 0 else { return nil }
    if Int(number) >= taskNames.count { taskNames += link.takeTaskNames() }
    return Int(number) < taskNames.count ? taskNames[Int(number)] : nil
  }

  private func append(_ draft: SampleDraft, _ thread: RecordedThread) {
    queue.append(draft, of: thread)
    writeSamples()
  }

  func writeSamples() { queue.empty(write) }

  private func write(_ thread: RecordedThread, _ draft: SampleDraft) {
    if thread.isPython { thread.process.noticePython(in: thread) }
    let (quality, reason) = ledger.count(draft)
    let sample = Sample(
      time: Int64(max(draft.time, start) &- start), weight: Int64(draft.weight),
      thread: thread.index(in: writer), stack: draft.result.stack, cpu: draft.cpu,
      gil: draft.gil, source: draft.source, merge: quality, reason: reason)
    ledger.count(sample, process: thread.process.index())
    writer.append(sample: sample)
  }
}
