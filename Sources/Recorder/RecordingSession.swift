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
  private let plan: RecordingPlan
  private let link: TracerLink
  private let writer: RecordingWriter
  private let period: UInt64
  private let start: UInt64
  private var process: ProcFiles
  private var processing: Processing?
  private var threads: [Int32: RecordedThread] = [:]
  private var names = ThreadNaming()
  private var ledger = SessionLedger()
  private(set) var notes: [String] = []
  private(set) var runtime: PythonRuntime?
  private var wroteDescription = false

  /// What is known of one program image; an exec begins a new one.
  private final class Processing {
    var map: MemoryMap
    let modules: ModuleTable
    let assembler: SampleAssembler
    var kernel: KernelSampler!
    var refreshedAt: UInt64 = 0

    init(map: MemoryMap, modules: ModuleTable, assembler: SampleAssembler) {
      self.map = map
      self.modules = modules
      self.assembler = assembler
    }
  }

  init(plan: RecordingPlan, link: TracerLink, writer: RecordingWriter) {
    self.plan = plan
    self.link = link
    self.writer = writer
    period = UInt64(1_000_000_000 / max(plan.rate, 1))
    start = MonotonicClock.now()
    process = ProcFiles(pid: 0)
  }

  var threadCount: Int { names.count }
  var sampleCount: Int64 { ledger.samples }

  // MARK: The process

  /// Looks at the process before anything is attached: fails where recording it makes no sense.
  func inspect(pid: Int32) throws(RecordingError) {
    begin(pid: pid)
    guard processing != nil else {
      guard process.exists() else { throw .noSuchProcess(pid: pid) }
      throw .notPermitted(pid: pid, operation: "ptrace", errno: EACCES, paranoid: nil)
    }
    do { try locate() } catch {
      switch error {
      case .notFound:
        throw .notPython(pid: pid, executable: process.executable() ?? "?")
      case .unsupported(let version):
        throw .unsupportedPython(pid: pid, version: version.description)
      case .notInitialized: break
      case .inconsistent(let version, _):
        throw .unsupportedPython(pid: pid, version: version.description)
      }
    }
  }

  private func begin(pid: Int32) {
    process = ProcFiles(pid: pid)
    runtime = nil
    processing = nil
    guard let text = process.maps(), !text.isEmpty else { return }
    let map = MemoryMap(parsing: text)
    let memory = ProcessMemory(pid: pid)
    let modules = ModuleTable(map, processID: pid, readMemory: Self.reader(memory))
    let assembler = SampleAssembler(
      writer: writer, modules: modules, memory: memory, recordsNative: plan.recordsNative)
    let processing = Processing(map: map, modules: modules, assembler: assembler)
    processing.kernel = KernelSampler(
      assembler: assembler, period: period,
      stackEnd: { [unowned self, unowned processing] in stackEnd($0, processing) },
      append: { [unowned self] thread, draft in append(draft, thread) })
    assembler.refreshModules = { [unowned self, unowned processing] in refresh(processing) }
    self.processing = processing
  }

  private static func reader(_ memory: ProcessMemory) -> (AddressRange) -> [UInt8]? {
    { range in
      var memory = memory
      return memory.bytes(at: range.start, count: range.count)
    }
  }

  /// The end of the mapping that holds a stack address; a new thread's stack may be newer than the map.
  private func stackEnd(_ address: UInt64, _ processing: Processing) -> UInt64? {
    let address = RemoteAddress(address)
    if let known = processing.map.mapping(containing: address) { return known.range.end.rawValue }
    _ = refresh(processing)
    return processing.map.mapping(containing: address)?.range.end.rawValue
  }

  /// Reads the memory map again, at most every 20 ms; false if nothing is new.
  private func refresh(_ processing: Processing) -> Bool {
    let now = MonotonicClock.now()
    guard now &- processing.refreshedAt > 20_000_000, let text = process.maps(), !text.isEmpty
    else { return false }
    processing.refreshedAt = now
    let before = processing.modules.generation
    processing.map = MemoryMap(parsing: text)
    processing.modules.update(
      processing.map, readMemory: Self.reader(processing.assembler.memory))
    return processing.modules.generation != before
  }

  /// Finds the interpreter, and lets both sides know.
  private func locate() throws(RuntimeError) {
    guard let processing else { throw .notFound }
    var symbols = processing.modules
    var memory = processing.assembler.memory
    let found = try RuntimeLocator.locate(symbols: &symbols, memory: &memory)
    runtime = found
    processing.assembler.codes = CodeObjectTable(runtime: found)
    processing.kernel.reader = UnstoppedReader(process: process, runtime: found)
    names.runtime = found
    link.publish(runtime: found)
    describeTarget()
  }

  /// While the program starts, its interpreter is looked for again and again.
  private func locateIfNeeded() {
    guard runtime == nil, let processing else { return }
    _ = refresh(processing)
    do { try locate() } catch {
      if case .unsupported(let version) = error {
        processing.kernel.mayHavePython = false
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

  /// Takes news, then samples. `isReady` lists the slots whose kernel ring rang, nil means all.
  func turn(onNewThread: (RecordedThread) -> Void) -> Event {
    let event = takeNews(onNewThread)
    locateIfNeeded()
    takePackets()
    for thread in threads.values { processing?.kernel.drain(thread) }
    return event
  }

  /// Drains the kernel ring of one thread as soon as it rings: its Python frames move on.
  func drainKernel(slot: Int32) {
    guard let thread = threads[slot] else { return }
    processing?.assembler.codes?.beginPass()
    takeCodes()
    processing?.kernel.drain(thread)
  }

  private func takeNews(_ onNewThread: (RecordedThread) -> Void) -> Event {
    var event = Event.none
    for item in link.takeNews() {
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
    return event
  }

  private func add(_ sampling: ThreadSampling) -> RecordedThread {
    let pid = process.pid == 0 ? sampling.tid : process.pid
    let name = ProcFiles(pid: pid).threadName(tid: sampling.tid) ?? ""
    let index = names.index(pid: pid, tid: sampling.tid, name: name, writer: writer)
    let thread = RecordedThread(sampling: sampling, index: index, name: name, period: period)
    threads[sampling.slot] = thread
    if sampling.kernel == nil { ledger.lacksKernel = true }
    return thread
  }

  private func end(_ slot: Int32) {
    guard let thread = threads[slot] else { return }
    takePackets()
    processing?.kernel.drain(thread)
    ledger.endedCPU &+= thread.sampling.userTick.count()
    threads[slot] = nil
  }

  // MARK: Samples

  private func takeCodes() {
    for raw in link.takeCodes() { processing?.assembler.codes?.add(raw) }
  }

  private func takePackets() {
    processing?.assembler.codes?.beginPass()
    link.packets.drain { bytes in
      // A code object's capture precedes the packet that needs it.
      takeCodes()
      take(SamplePacketReader(bytes))
    }
    for code in processing?.assembler.codes?.takeReplaced() ?? [] { link.forget(code: code) }
  }

  private func take(_ packet: SamplePacketReader) {
    guard let processing, let thread = threads[packet.header.slot] else {
      ledger.orphans += 1
      return
    }
    let header = packet.header
    var side = SampleAssembler.PythonSide.none
    switch header.python {
    case .noInterpreter:
      side = processing.kernel.mayHavePython ? .missing(.interpreterNotReady) : .none
    case .noThreadState: break
    case .read:
      side = .frozen
      packet.readPython(into: &processing.assembler.pythonStack)
      thread.isPython = true
    }
    var result = processing.assembler.assemble(
      .init(
        registers: header.registers,
        stack: StackBytes(start: header.stackStart, bytes: packet.stack), python: side))
    if header.sampledAddress != header.registers.rip { result.outcome = .partial(.displaced) }
    let draft = SampleDraft(
      time: header.time, weight: period, cpu: .running,
      gil: header.python == .read ? header.gil : .none, source: .userTick, result: result)
    append(draft, thread)
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

  // MARK: The file

  /// Brings thread names up to date and writes what is new.
  func flush() throws(RecordingError) {
    nameThreads()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.flush() }
  }

  /// Everything that is still in the rings, then the end of the file.
  func close() throws(RecordingError) {
    takePackets()
    let end = MonotonicClock.now()
    for thread in threads.values {
      processing?.kernel.drain(thread)
      processing?.kernel.finish(thread, at: end)
      ledger.endedCPU &+= thread.sampling.userTick.count()
    }
    nameThreads()
    threads.removeAll()
    updateLedger()
    try Self.mapErrors { () throws(RecordingFileError) in try writer.close() }
  }

  func discard() { writer.discard() }

  private func nameThreads() {
    guard let processing else { return }
    names.refresh(memory: processing.assembler.memory, writer: writer, threads: threads)
  }

  func note(_ sentence: String) {
    if notes.count < 64 && !notes.contains(sentence) { notes.append(sentence) }
  }

  func progress() -> RecordingProgress {
    var progress = RecordingProgress()
    progress.pid = process.pid
    progress.interpreter = runtime.map { "python\($0.version)" } ?? ""
    progress.elapsed = Double(MonotonicClock.now() &- start) / 1e9
    progress.samples = ledger.samples
    let cpu = Double(cpuTime()) / 1e9
    progress.achievedRate = cpu > 0 ? Double(ledger.onCPU) / cpu : 0
    progress.lost = link.ledger.lost + (processing?.kernel.lost ?? 0)
    progress.gilHeldShare = ledger.onCPU > 0 ? Double(ledger.held) / Double(ledger.onCPU) : 0
    return progress
  }

  private func cpuTime() -> UInt64 {
    threads.values.reduce(ledger.endedCPU) { $0 &+ $1.sampling.userTick.count() }
  }

  private func describeTarget() {
    var target = TargetDescription()
    target.pid = process.pid
    target.command = process.commandLine() ?? ""
    target.pythonVersion = runtime.map { "\($0.version)" } ?? ""
    target.host = HostDescription.name()
    writer.setTarget(target)
    describe(duration: MonotonicClock.now() &- start)
  }

  private func describe(duration: UInt64) {
    var recording = RecordingDescription()
    recording.hyflameVersion = hyflameVersion
    let now = HostDescription.unixTime()
    recording.startTime = now - Int64(MonotonicClock.now() &- start)
    recording.duration = Int64(duration)
    recording.rate = Int32(plan.rate)
    recording.privileged = !ledger.lacksKernel
    recording.recordsBlocked = !ledger.lacksKernel
    recording.kernelVersion = HostDescription.kernel()
    writer.setRecording(recording)
  }

  private func updateLedger() {
    describe(duration: MonotonicClock.now() &- start)
    let tracer = link.ledger
    var ledger = Ledger()
    ledger.expectedSamples = Int64(Double(cpuTime()) * Double(plan.rate) / 1e9)
    ledger.lostSamples = tracer.lost + (processing?.kernel.lost ?? 0)
    ledger.reasons = self.ledger.reasons
    ledger.pauses = tracer.pauses
    ledger.profilerCPU = Int64(MonotonicClock.processCPU())
    ledger.profilerPeakRSS = HostDescription.peakResidentBytes()
    ledger.stopSystemCalls = tracer.stopSystemCalls
    ledger.notes = notes + self.ledger.notes(tracer, kernel: processing?.kernel)
    writer.setLedger(ledger)
  }

  static func mapErrors(
    _ body: () throws(RecordingFileError) -> Void
  ) throws(RecordingError) {
    do { try body() } catch {
      switch error {
      case .outputExists(let path): throw .outputExists(path: path)
      case .unwritable(let path, let errno), .writeFailed(let path, let errno):
        throw .outputUnwritable(path: path, errno: errno)
      case .notRegularFile(let path): throw .outputUnwritable(path: path, errno: EINVAL)
      default: throw .system(operation: "write", errno: EIO)
      }
    }
  }
}

extension GilAxis {
  init(_ state: GilState) {
    switch state {
    case .held: self = .held
    case .released: self = .released
    case .waiting: self = .waiting
    case .none: self = .none
    }
  }
}
