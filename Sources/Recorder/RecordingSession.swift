import CPython
import Glibc
import LinuxIO
import PerfEvents
import ProfileModel
import RecordingFile
import RemoteProcess
import SampleTypes
import StackMerging
import Symbols
import Unwinding

/// The processing side of one recording: takes packets and kernel samples, makes samples of them,
/// writes the file. Runs on the main thread; the tracing thread never waits for it.
final class RecordingSession {
  let plan: RecordingPlan
  let link: TracerLink
  let writer: RecordingWriter
  let start: UInt64
  private(set) var process: ProcFiles
  private var numbers: ThreadNumbers
  private(set) var image: ProgramImage?
  var threads: [Int32: RecordedThread] = [:]
  private let kernelSymbols = KernelSymbolsLoader()
  let sources: SourceNaming
  var names = ThreadNaming()
  var ledger = SessionLedger()
  var notes: [String] = []
  private var pendingNews: ArraySlice<TracerLink.News> = []
  private var appliedNews = 0
  /// Until when an interpreter that is not there yet is looked for in every turn.
  private var locatingUntil: UInt64 = 0
  private static let locatingTime: UInt64 = 2_000_000_000
  private var pendingCodes: ArraySlice<RawCodeObject> = []
  private var appliedCodes = 0
  private var event = Event.none
  private var taskNames: [TaskName] = []
  /// Called with each thread as it appears.
  var onNewThread: (RecordedThread) -> Void = { _ in }

  init(plan: RecordingPlan, link: TracerLink, writer: RecordingWriter) {
    self.plan = plan
    self.link = link
    self.writer = writer
    sources = SourceNaming(writer: writer, downloads: plan.downloadsDebugFiles)
    start = MonotonicClock.now()
    process = ProcFiles(pid: 0)
    numbers = ThreadNumbers(process: process)
  }

  var threadCount: Int { names.count }
  var sampleCount: Int64 { ledger.samples }

  // MARK: The process

  /// Looks at the process before anything is attached: fails where recording it makes no sense.
  func inspect(pid: Int32) throws(RecordingError) {
    begin(pid: pid)
    guard image != nil else {
      guard process.exists() else { throw .noSuchProcess(pid: pid) }
      throw .notPermitted(pid: pid, operation: "ptrace", errno: EACCES, paranoid: nil)
    }
    if let errno = TargetFacts.readingTrial(pid), [EPERM, EACCES, ENOSYS].contains(errno) {
      throw .notPermitted(pid: pid, operation: "process_vm_readv", errno: errno, paranoid: nil)
    }
    guard plan.recordsPython else { return describeTarget() }
    do { try locate() } catch {
      switch error {
      case .notFound:
        throw .notPython(pid: pid, executable: process.executable() ?? "?")
      case .unsupported(let version), .inconsistent(let version, _):
        throw .unsupportedPython(pid: pid, version: version.description)
      case .notInitialized: break
      }
    }
  }

  private func begin(pid: Int32) {
    process = ProcFiles(pid: pid)
    numbers = ThreadNumbers(process: process)
    locatingUntil = MonotonicClock.now() &+ Self.locatingTime
    image?.jit.update()
    image = ProgramImage(
      process: process, plan: plan, writer: writer, sources: sources, kernelSymbols: kernelSymbols,
      tickProgram: link.tickProgram
    ) { [unowned self] thread, draft in append(draft, thread) }
    image?.kernel.mayHavePython = plan.recordsPython
  }

  /// Finds the interpreter, and lets both sides know.
  private func locate() throws(RuntimeError) {
    guard let image else { throw .notFound }
    let found = try image.locate()
    names.runtime = found
    link.publish(runtime: found)
    locateTasks()
    describeTarget()
  }

  /// What takes time and must not be waited for once samples come.
  func prepare() {
    if PerfPermissions.mayAllowKernel { kernelSymbols.wait() }
  }

  /// True while an interpreter may appear at any moment.
  var isLocating: Bool {
    guard locatingUntil > MonotonicClock.now() else { return false }
    return image.map { $0.runtime == nil && $0.kernel.mayHavePython } ?? true
  }

  /// True while samples of code objects that were not known come, which nobody has copied yet.
  var meetsNewCode: Bool { image?.ticks.map { $0.learningUntil > MonotonicClock.now() } ?? false }

  /// While the program starts, its interpreter is looked for again and again.
  private func locateIfNeeded() {
    guard let image, image.runtime == nil, image.kernel.mayHavePython else { return }
    _ = image.refresh()
    guard image.isWorthLocating else { return }
    do { try locate() } catch {
      if case .unsupported(let version) = error {
        image.kernel.mayHavePython = false
        note("CPython \(version) is not known to this hyflame: native frames only")
      }
    }
  }

  // MARK: One turn of the loop

  /// What happened since the last turn that the loop must know.
  enum Event {
    case none
    case started(pid: Int32)
    case failed(RecordingError)
    case ended(waitStatus: Int32?)
  }

  /// Takes what the tracing thread and the kernel have to tell.
  func turn() -> Event {
    event = .none
    locateIfNeeded()
    takePackets()
    for thread in threads.values { image?.kernel.drain(thread) }
    nameNewThreads()
    return event
  }

  /// Drains the kernel ring of one thread as soon as it rings: its Python frames move on.
  func drainKernel(slot: Int32) {
    guard let thread = threads[slot] else { return }
    image?.assembler.codes?.beginPass()
    image?.kernel.drain(thread)
  }

  // MARK: News

  /// News are applied in the order in which they happened relative to packets: a packet says how many
  /// came before it.
  private func applyNews(upTo count: Int) {
    while appliedNews < count {
      if pendingNews.isEmpty { pendingNews = link.takeNews()[...] }
      guard let item = pendingNews.popFirst() else { return }
      appliedNews += 1
      apply(item)
    }
  }

  private func apply(_ item: TracerLink.News) {
    switch item {
    case .started(let pid):
      if process.pid != pid { begin(pid: pid) }
      describeTarget()
      event = .started(pid: pid)
    case .thread(let sampling): onNewThread(add(sampling))
    case .threadEnded(let slot): end(slot)
    case .exec: begin(pid: process.pid)
    case .note(let sentence): note(sentence)
    case .failed(let error): event = .failed(error)
    case .ended(let status): event = .ended(waitStatus: status)
    }
  }

  private func add(_ sampling: ThreadSampling) -> RecordedThread {
    let pid = process.pid == 0 ? sampling.tid : process.pid
    let name = ProcFiles(pid: pid).threadName(tid: sampling.tid) ?? ""
    let index = names.index(pid: pid, tid: sampling.tid, name: name, writer: writer)
    let thread = RecordedThread(
      sampling: sampling, index: index, name: name, number: numbers.number(of: sampling.tid),
      period: plan.period)
    threads[sampling.slot] = thread
    if link.way != .read, sampling.kernel?.seesKernel != true { ledger.lacksKernel = true }
    return thread
  }

  private func end(_ slot: Int32) {
    guard let thread = threads[slot] else { return }
    image?.kernel.drain(thread)
    ledger.endedCPU &+= thread.sampling.cpuTime()
    threads[slot] = nil
  }

  // MARK: Samples

  /// Takes over the code objects that were captured up to a packet, and none of later ones: until then
  /// an address may hold another.
  private func takeCodes(upTo count: Int) {
    while appliedCodes < count {
      if pendingCodes.isEmpty { pendingCodes = link.takeCodes()[...] }
      guard let raw = pendingCodes.popFirst() else { return }
      appliedCodes += 1
      image?.assembler.codes?.add(raw)
    }
  }

  /// Makes samples of the packets that are there, and applies the news around them.
  func takePackets() {
    image?.assembler.codes?.beginPass()
    // News that come later than this may belong behind packets that are not there yet.
    pendingNews.append(contentsOf: link.takeNews())
    let settled = appliedNews + pendingNews.count
    link.packets.drain { bytes in
      let packet = SamplePacketReader(bytes)
      applyNews(upTo: Int(packet.header.newsBefore))
      takeCodes(upTo: Int(packet.header.codesBefore))
      take(packet)
    }
    takeTicks()
    applyNews(upTo: settled)
    for code in image?.assembler.codes?.takeReplaced() ?? [] {
      link.forget(code: code)
    }
  }

  /// Takes the samples that the kernel took by itself.
  private func takeTicks() {
    link.tickProgram?.drain { record in
      // The first samples take long, as nothing is known of any module; a short program would have ended.
      if isLocating { locateIfNeeded() }
      // A thread is made known before its first sample.
      if threads[record.slot] == nil { applyNews(upTo: link.newsCount) }
      guard let image, let ticks = image.ticks, let thread = threads[record.slot] else {
        ledger.orphans += 1
        return
      }
      ledger.pauses.add(nanoseconds: Int64(clamping: record.cost))
      append(ticks.sample(record, of: thread), thread)
    }
  }

  private func take(_ packet: SamplePacketReader) {
    guard let image, let thread = threads[packet.header.slot] else {
      ledger.orphans += 1
      return
    }
    let header = packet.header
    var side = SampleAssembler.PythonSide.none
    switch header.python {
    case .noInterpreter:
      side = image.kernel.mayHavePython ? .missing(.interpreterNotReady) : .none
    case .noThreadState: break
    case .read, .recovered, .halfLinked:
      side =
        header.python == .read ? .frozen : header.python == .recovered ? .recovered : .halfLinked
      packet.readPython(into: &image.assembler.pythonStack)
      thread.isPython = true
    }
    var result = image.assembler.assemble(
      .init(
        registers: header.registers,
        stack: StackBytes(start: header.stackStart, bytes: packet.stack), python: side,
        collection: header.collection, task: task(header.task),
        kernelFrames: unreadFrames(header, image)))
    if header.trigger == .read { return append(draft(result, header), thread) }
    if header.sampledAddress != header.registers.rip { result.outcome = .partial(.displaced) }
    let draft = SampleDraft(
      time: header.time, weight: plan.period, cpu: .running,
      gil: header.gil, source: .userTick, result: result)
    append(draft, thread)
  }

  /// A sample of a `Poller`.
  private func draft(_ result: SampleAssembler.Result, _ header: SamplePacket) -> SampleDraft {
    var result = result
    if !header.isSteady { result.outcome = .partial(.pythonMovedOn) }
    return SampleDraft(
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

  /// Looks for what asyncio has; a program may import it at any time.
  func locateTasks() {
    guard plan.recordsTasks, let image, let runtime = image.runtime else { return }
    let places = image.taskPlaces(of: runtime)
    image.kernel.reader?.taskPlaces = places
    link.publish(taskPlaces: places)
  }

  private func append(_ draft: SampleDraft, _ thread: RecordedThread) {
    names.note(isPython: thread.isPython, index: thread.index)
    let (quality, reason) = ledger.count(draft)
    writer.append(
      sample: Sample(
        time: Int64(bitPattern: draft.time &- start), weight: Int64(draft.weight),
        thread: thread.index, stack: draft.result.stack, cpu: draft.cpu,
        gil: GilAxis(draft.gil), source: draft.source, merge: quality, reason: reason))
  }
}
