import CPython
import LinuxIO
import NamedFiles
import ProfileModel
import RecordingFile

/// One process of the recording, as the processing thread keeps it: what is known of its memory, its
/// threads, and where it is in the file.
final class RecordedProcess {
  let link: ProcessLink
  let files: ProcFiles
  private(set) lazy var numbers = ThreadNumbers(process: files)
  private(set) var names = ThreadNaming()
  /// By slot.
  private(set) var threads: [Int32: RecordedThread] = [:]
  /// The program that it runs; nil while nothing is known of it.
  private(set) var image: ProgramImage?
  /// What a forked process began as a copy of, until it is looked at for its first sample. Most of a
  /// storm of short children never are.
  private var parentImage: ProgramImage?
  /// Until when an interpreter that is not there yet is looked for in every turn.
  private(set) var locatingUntil: UInt64 = 0
  private let context: ImageContext
  private var description: ProcessDescription
  private var written: ProcessDescription?
  /// In `Profile.processes`, once it is there.
  private var row: Int32 = -1
  /// By tid, rows of threads that will be met again: the first thread after an exec, all of them after the
  /// recording was suspended. Rows only: a thread itself holds descriptors, and its process.
  private var earlierRows: [Int32: RecordedThread.Row] = [:]
  private var pendingCodes: ArraySlice<CodeCapture.News> = []
  private var appliedCodes = 0

  private static let locatingTime: UInt64 = 2_000_000_000

  /// - Parameter parent: of a forked process.
  init(_ link: ProcessLink, context: ImageContext, parent: RecordedProcess?) {
    self.link = link
    self.context = context
    files = ProcFiles(pid: link.pid)
    description = ProcessDescription(
      pid: link.pid, command: parent?.description.command ?? files.commandLine() ?? "",
      pythonVersion: parent?.description.pythonVersion ?? "")
    parentImage = parent.flatMap { $0.image ?? $0.parentImage }
  }

  // MARK: Its program

  /// It runs a new program from now on.
  func beginImage(command: String?) {
    parentImage = nil
    // What was copied of the program before cannot be read by the maps of this one.
    for thread in threads.values { image?.kernel.giveUpCopies(of: thread) }
    endImage()
    description.pythonVersion = ""
    if let command { description.command = command }
    locatingUntil = MonotonicClock.now() &+ Self.locatingTime
    image = ProgramImage(of: link, context: context)
    image?.mayHavePython = context.plan.recordsPython
    names.runtime = nil
  }

  /// The program, also of a forked process that nobody has looked at so far.
  func currentImage() -> ProgramImage? {
    if image == nil, let parent = parentImage {
      parentImage = nil
      image = ProgramImage(of: link, context: context, forkedFrom: parent)
      image?.mayHavePython = parent.mayHavePython
      if let runtime = image?.runtime {
        pythonEvidence = .some
        names.runtime = runtime
        if link.runtime == nil { link.publish(runtime: runtime) }
        locateTasks()
      } else {
        locatingUntil = MonotonicClock.now() &+ Self.locatingTime
      }
    }
    return image
  }

  /// What an image has counted, to be added up before it goes.
  var endedKernelCounts = KernelCounts()

  private func endImage() {
    guard let image else { return }
    image.jit.finish()
    endedKernelCounts += image.kernel.counts
    self.image = nil
  }

  /// It has ended.
  func finish() {
    updateRow()
    endImage()
    parentImage = nil
  }

  var kernelCounts: KernelCounts { endedKernelCounts + (image?.kernel.counts ?? KernelCounts()) }

  // MARK: Its interpreter

  /// True while an interpreter may appear at any moment.
  var isLocating: Bool {
    guard locatingUntil > MonotonicClock.now() else { return false }
    return image.map { $0.runtime == nil && $0.mayHavePython } ?? false
  }

  /// True where there is nothing to look for (any more).
  var hasInterpreter: Bool { image.map { $0.runtime != nil || !$0.mayHavePython } ?? true }

  /// Whether it has had an interpreter, as far as somebody has looked.
  private(set) var pythonEvidence = PythonEvidence.unknown

  /// Finds the interpreter, and lets both sides know.
  func locate() throws(RuntimeError) {
    guard let image else { throw .notFound }
    let found: PythonRuntime
    do { found = try image.locate() } catch {
      pythonEvidence.add(isFound: error != .notFound, executable: files.executable())
      throw error
    }
    pythonEvidence = .some
    names.runtime = found
    description.pythonVersion =
      found.versionIsRead ? "\(found.version)" : "\(found.version.major).\(found.version.minor)"
    link.publish(runtime: found)
    locateTasks()
    _ = lookForGil()
  }

  /// Whether its interpreter is a free-threaded one that runs without a GIL.
  private(set) var runsWithoutGil = false

  /// A free-threaded interpreter gets a GIL while it starts, or when it imports a module that needs one.
  /// True if something has changed.
  func lookForGil() -> Bool {
    guard let image, let runtime = image.runtime else { return false }
    var memory = image.assembler.memory
    let found = runtime.runsWithoutGil(memory: &memory) ?? runsWithoutGil
    defer { runsWithoutGil = found }
    return found != runsWithoutGil
  }

  /// While the program starts, its interpreter is looked for again and again. Returns what the user
  /// should know.
  func locateIfNeeded() -> String? {
    guard let image, image.runtime == nil, image.mayHavePython else { return nil }
    _ = image.refresh()
    guard image.isWorthLocating else {
      image.live.lookedInVain = MonotonicClock.now()
      return nil
    }
    do { try locate() } catch {
      guard case .unsupported(let version) = error else { return nil }
      image.mayHavePython = false
      return "CPython \(version) is not known to this hyflame: native frames only"
    }
    return layoutRemark
  }

  /// What the user should know of how its interpreter is read.
  var layoutRemark: String? {
    guard let runtime = image?.runtime, let refused = runtime.layoutSource.refused
    else { return nil }
    return "CPython \(runtime.version) says of its own structures what cannot be (\(refused)): "
      + "it is read as its headers say"
  }

  /// Looks for what asyncio has; a program may import it at any time.
  func locateTasks() {
    guard context.plan.recordsTasks, let image, let runtime = image.runtime else { return }
    let places = image.taskPlaces(of: runtime)
    image.live.reader?.taskPlaces = places
    link.publish(taskPlaces: places)
  }

  // MARK: Its code objects

  /// Takes over the code objects that were captured up to a packet, and none of later ones: until then
  /// an address may hold another.
  func takeCodes(upTo count: Int) {
    while appliedCodes < count {
      if pendingCodes.isEmpty { pendingCodes = link.takeCodes()[...] }
      guard let news = pendingCodes.popFirst() else { return }
      appliedCodes += 1
      guard let assembler = image?.assembler else { continue }
      switch news {
      case .captured(let raw): assembler.codes?.add(raw)
      case .seen(let print, let address):
        assembler.codes?.settle(print, at: address, memory: &assembler.memory)
      }
    }
  }

  func beginPass() { image?.assembler.codes?.beginPass() }

  /// No tick waits to be taken over any more.
  func endPass() { image?.assembler.codes?.forgetFormer() }

  // MARK: Its place in the file

  /// Index in `Profile.processes`; it gets one when it is first asked for.
  func index() -> Int32 {
    if row < 0 {
      row = context.writer.add(process: description)
      written = description
    }
    return row
  }

  var isInFile: Bool { row >= 0 }

  /// Lets its threads go, which may be met again.
  func suspend() {
    for thread in threads.values { earlierRows[thread.sampling.tid] = thread.row }
    threads.removeAll()
  }

  /// The same process, before the recording was suspended.
  func takeOver(_ earlier: RecordedProcess) {
    row = earlier.row
    written = earlier.written
    earlierRows = earlier.earlierRows
  }

  /// Adds a thread, which gets the row of the one that had its number before. True if it is a new one.
  func add(_ thread: RecordedThread) -> Bool {
    threads[thread.sampling.slot] = thread
    guard let earlier = earlierRows.removeValue(forKey: thread.sampling.tid) else { return true }
    thread.row = earlier
    return false
  }

  /// The kernel's name of a thread; of one that has ended meanwhile, that of the process, with which it began.
  func kernelName(of tid: Int32) -> String {
    if let name = files.threadName(tid: tid), !name.isEmpty { return name }
    return ownName
  }

  private lazy var ownName = files.threadName(tid: link.pid) ?? ""

  /// Threads that Python has not named may name themselves, mostly soon after they begin.
  private func nameByKernel() {
    for thread in threads.values where !thread.isNamed && thread.kernelLooks < Self.mostKernelLooks
    {
      thread.kernelLooks += 1
      if let name = files.threadName(tid: thread.sampling.tid), !name.isEmpty { thread.name = name }
    }
  }

  private static let mostKernelLooks = 3

  func remove(slot: Int32) {
    guard let thread = threads.removeValue(forKey: slot) else { return }
    image?.live.reader?.forget(tid: thread.sampling.tid)
    // Its name may have been found since its first sample.
    if thread.row.index >= 0 { thread.write(to: context.writer, process: index()) }
    if thread.sampling.tid == link.pid { earlierRows[link.pid] = thread.row }
  }

  /// Looks for the names of threads that are new: they may be gone at the next flush.
  func nameNewThreads() {
    guard let image else { return }
    names.lookForNew(memory: image.assembler.memory, threads: threads)
  }

  /// An interpreter that was found while it started says later which one it is.
  /// True if it was told just now.
  func readVersion() -> Bool {
    guard let image, image.runtime?.versionIsRead == false else { return false }
    let now = MonotonicClock.now()
    guard now &- versionAskedAt > Self.versionInterval else { return false }
    versionAskedAt = now
    guard let version = image.readVersion() else { return false }
    description.pythonVersion = "\(version)"
    return true
  }

  private var versionAskedAt: UInt64 = 0
  /// Nanoseconds.
  private static let versionInterval: UInt64 = 5_000_000

  func noticePython(in thread: RecordedThread) {
    guard !thread.isNoticed else { return }
    thread.isNoticed = true
    names.expectNew()
  }

  /// Brings names up to date and writes what is new. Threads and processes that live for a flush are in
  /// the file even if they have no sample.
  /// `end`, of the recording, is until when names of code that was made may be read; nil at other times.
  func flush(last end: UInt64? = nil) {
    if let end { image?.jit.finish(until: end) } else { image?.jit.update() }
    locateTasks()
    if let image { names.refresh(memory: image.assembler.memory, threads: threads) }
    nameByKernel()
    if description.command.isEmpty { description.command = files.commandLine() ?? "" }
    _ = index()
    updateRow()
    for thread in threads.values { thread.write(to: context.writer, process: row) }
  }

  private func updateRow() {
    guard isInFile, written != description else { return }
    written = description
    context.writer.update(process: row, description)
  }

  var target: ProcessDescription { description }
}
