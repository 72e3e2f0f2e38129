import SampleTypes
import StackMerging
import Support
import Testing

@testable import CPython

/// Reads mutated images of one process, and compares what comes out with the truth and with a reader
/// of its own that does nothing but follow pointers.
final class ReaderFuzz {
  /// One thread: what the intact image says of it, where its reader looks, and a native stack on which
  /// its activations lie.
  private struct Subject {
    var state: ThreadState
    var warm: ThreadReader
    var truth: PythonStack
    var places: [AddressRange]
    var native: [NativeFrame]
  }

  /// What became of the images.
  struct Tally {
    var images = 0
    /// The stack read is not the true one.
    var wrong = 0
    /// Of those: the merge would call it exact, and only the places within the functions differ.
    var wrongLines = 0
    /// Of those: the merge would call it exact, and every code object is one.
    var unmarked = 0
    /// Of those: no word of the image was made to point to another object of the same image.
    var unmarkedGarbage = 0
    var mostReads = 0
    var mostBytes = 0
    var mostNameReads = 0
  }

  let runtime: PythonRuntime
  private let image: FuzzImage
  private var subjects: [Subject] = []
  private var everything: [AddressRange] = []
  private var random: SeededNumbers
  private var merger = StackMerger()
  private var stack = PythonStack()
  private(set) var tally = Tally()
  private(set) var threadNameCount = 0
  private(set) var taskCount = 0
  var frameCount: Int { subjects.map(\.truth.frames.count).max() ?? 0 }

  /// One read of a thread: its frames, the copies of bytecode that they run, the structs on the C
  /// stack, each once; and 4 MiB of data stack.
  private static let readLimit = 4 * ThreadReader.frameLimit + 256
  private static let byteLimit = DataStack.totalLimit + 128 * 4 * ThreadReader.frameLimit

  init(runtime: PythonRuntime, pages: [UInt64: [UInt8]], seed: UInt64) throws {
    self.runtime = runtime
    image = FuzzImage(pages)
    random = SeededNumbers(seed: 0x5eed + seed)
    var memory = image
    image.log = []
    #expect(runtime.check(memory: &memory) == nil)
    for state in runtime.threadStates(memory: &memory) { try add(state) }
    image.log = []
    var names = ThreadNames(runtime: runtime)
    threadNameCount = names.read(memory: &memory).count
    taskCount = Self.tasks(of: runtime, memory: &memory).count
    var symbols = OneRuntime(runtime: runtime)
    #expect(throws: Never.self) { try RuntimeLocator.locate(symbols: &symbols, memory: &memory) }
    _ = runtime.check(memory: &memory)
    everything = image.log! + subjects.flatMap(\.places)
    image.log = nil
  }

  private func add(_ state: ThreadState) throws {
    var memory = image
    image.log = []
    var reader = ThreadReader(runtime: runtime, threadState: state)
    var truth = PythonStack()
    for _ in 0..<2 { _ = reader.read(memory: &memory, into: &truth) }
    try #require(truth.outcome == .complete)
    // Of a chunk that is copied as a whole the frames matter most.
    let fields = runtime.layout.frame.sampleRange
    let frames = truth.frames.map {
      AddressRange(start: $0.frame + fields.lowerBound, end: $0.frame + fields.upperBound)
    }
    let subject = Subject(
      state: state, warm: reader, truth: truth, places: image.log! + frames,
      native: Self.native(truth))
    #expect(merge(truth, subject) == .exact)
    subjects.append(subject)
  }

  /// An eval loop for each activation, and a frame between every two.
  private static func native(_ stack: PythonStack) -> [NativeFrame] {
    var frames: [NativeFrame] = []
    for (index, activation) in stack.activations.enumerated() {
      let start =
        activation.key.isNull ? 0x7000_0000 + UInt64(index) * 0x100 : activation.key.rawValue &- 16
      for part in [start..<start + 64, start + 64..<start + 72] {
        frames.append(
          NativeFrame(
            address: part.lowerBound, stackPointer: part.lowerBound, cfa: part.upperBound,
            isReturnAddress: true, origin: .callFrameInfo))
      }
    }
    return frames
  }

  private func merge(_ stack: PythonStack, _ subject: Subject) -> MergeOutcome {
    merger.merge(
      native: subject.native, isEvalLoop: subject.native.indices.map { $0 % 2 == 0 },
      nativeIsComplete: true, python: stack)
  }

  // MARK: Rounds

  func run(_ count: Int) {
    for round in 0..<count {
      tally.images += 1
      if round % 32 == 0 { readNames() } else { readThread() }
      image.restore()
    }
  }

  private func readThread() {
    let subject = subjects[random.below(subjects.count)]
    let mutation = mutate(subject.places)
    var memory = image
    var reader =
      random.below(2) == 0
      ? subject.warm : ThreadReader(runtime: runtime, threadState: subject.state)
    image.resetCounts()
    let reading = reader.read(memory: &memory, into: &stack)
    tally.mostReads = max(tally.mostReads, image.readCount)
    tally.mostBytes = max(tally.mostBytes, image.byteCount)
    #expect(image.readCount <= Self.readLimit && image.byteCount <= Self.byteLimit)
    if reading.isValid, !reading.isHalfLinked {
      check(subject, mutation)
    } else if reading.isHalfLinked {
      let words = subject.truth.activations.map(\.key.rawValue)
      _ = reader.recover(
        registers: words, activations: 0, frames: 0, memory: &memory, into: &stack)
      expectInOrder()
    }
  }

  private func check(_ subject: Subject, _ mutation: Mutation) {
    expectInOrder()
    guard stack.frames != subject.truth.frames || stack.activations != subject.truth.activations
    else { return }
    tally.wrong += 1
    if !stack.hasFailed {
      let chain = chain(of: subject.state)
      #expect(chain == stack.frames.map(\.frame), "\(runtime.version)")
    }
    guard merge(stack, subject) == .exact else { return }
    // What is called exact has frames for every eval loop of the native stack but for one that is
    // being entered.
    let isEntering = stack.activations.first?.frameCount == 0
    let hosts = zip(merger.hosts, stack.activations).filter { $1.frameCount > 0 }.map(\.0)
    let loops = subject.native.indices.filter { $0 % 2 == 0 }.map(Int32.init)
    #expect(hosts == loops || isEntering && hosts == Array(loops.dropFirst()))
    guard stack.frames != subject.truth.frames, isNamed(subject.truth) else { return }
    #expect(mutation != .pages, "a missing page made a stack wrong that is called exact")
    let codes = zip(stack.frames, subject.truth.frames).allSatisfy { $0.code == $1.code }
    if codes, stack.frames.count == subject.truth.frames.count {
      tally.wrongLines += 1
    } else {
      tally.unmarked += 1
      if mutation == .garbage { tally.unmarkedGarbage += 1 }
    }
  }

  /// Every code object that is not the true one is a code object.
  private func isNamed(_ truth: PythonStack) -> Bool {
    var memory = image
    for (index, frame) in stack.frames.enumerated() {
      if index < truth.frames.count, truth.frames[index].code == frame.code { continue }
      let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
      guard let code = raw?.decode() else { return false }
      _ = code.line(atByteOffset: frame.instructionOffset)
      if let type = runtime.codeType {
        let found = memory.pointer(at: frame.code + runtime.layout.object.type)
        #expect(found == type)
      }
    }
    return true
  }

  /// Activations cover the frames in order and without a gap.
  private func expectInOrder() {
    var next: Int32 = 0
    var isInOrder = stack.frames.count <= ThreadReader.frameLimit
    for activation in stack.activations {
      isInOrder = isInOrder && activation.firstFrame == next && activation.frameCount >= 0
      next &+= activation.frameCount
    }
    #expect(isInOrder && Int(next) == stack.frames.count)
  }

  /// Where the chain leads in this image, word by word; nil if it does not end.
  private func chain(of state: ThreadState) -> [RemoteAddress]? {
    var memory = image
    let (layout, frame) = (runtime.layout.threadState, runtime.layout.frame)
    var next: RemoteAddress?
    if let head = layout.frame ?? layout.currentFrame {
      next = memory.pointer(at: state.address + head)
    } else if let cframe = memory.pointer(at: state.address + layout.cframe!) {
      next = memory.pointer(at: cframe + runtime.layout.cframe.currentFrame!)
    }
    let end = layout.baseFrame.flatMap { memory.pointer(at: state.address + $0) } ?? .null
    var chain: [RemoteAddress] = []
    for _ in 0...ThreadReader.frameLimit {
      guard let place = next else { return nil }
      if place.isNull || place == end { return chain }
      let owner = frame.owner.flatMap { memory.load(UInt8.self, at: place + $0) } ?? 0
      if runtime.layout.minor < 12 || owner < 3 { chain.append(place) }
      next = memory.pointer(at: place + frame.previous)
    }
    return nil
  }

  private func readNames() {
    _ = mutate(everything)
    var memory = image
    image.resetCounts()
    Self.readEverything(of: runtime, memory: &memory)
    tally.mostNameReads = max(tally.mostNameReads, image.readCount)
  }

  /// Everything that the reader can do with a process, in limits.
  static func readEverything(of runtime: PythonRuntime, memory: inout some RemoteMemory) {
    _ = runtime.check(memory: &memory)
    _ = ThreadStateDirectory(runtime: runtime, memory: &memory)
    let states = runtime.threadStates(memory: &memory)
    var stack = PythonStack()
    for (_, states) in ThreadState.byThread(states) {
      for state in states { _ = runtime.gilStructRange(for: state.interpreter, memory: &memory) }
      var thread = PythonThread(runtime: runtime, threadStates: states)
      for _ in 0..<2 { _ = thread.read(memory: &memory, into: &stack) }
      for frame in stack.frames.prefix(4) {
        let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
        _ = raw?.decode().line(atByteOffset: frame.instructionOffset)
      }
    }
    var names = ThreadNames(runtime: runtime)
    _ = names.read(memory: &memory)
    _ = tasks(of: runtime, memory: &memory)
    var symbols = OneRuntime(runtime: runtime)
    _ = try? RuntimeLocator.locate(symbols: &symbols, memory: &memory)
  }

  private static func tasks(
    of runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> [TaskName] {
    var symbols = OneRuntime(runtime: runtime)
    var reader = TaskReader(
      runtime: runtime,
      places: TaskPlaces.locate(runtime, symbols: &symbols, memory: &memory))
    let states = runtime.threadStates(memory: &memory)
    return ThreadState.byThread(states).values.compactMap { reader.task(of: $0, memory: &memory) }
  }

  /// A process in which nothing but `_PyRuntime` has a name.
  private struct OneRuntime: SymbolLookup {
    let runtime: PythonRuntime
    var modules: [MappedModule] { [runtime.module] }

    func symbol(named name: String, in module: MappedModule) -> AddressRange? {
      guard name == "_PyRuntime" else { return nil }
      return AddressRange(start: runtime.address, end: runtime.address + 8)
    }

    func section(named name: String, in module: MappedModule) -> AddressRange? { nil }

    func fileBytes(at address: RemoteAddress, count: Int, in module: MappedModule) -> [UInt8]? {
      nil
    }
  }

  // MARK: Mutations

  private enum Mutation { case pages, garbage, pointers }

  /// Overwrites one to four words that are read, or takes away a page; says what was the worst.
  private func mutate(_ places: [AddressRange]) -> Mutation {
    if random.below(16) == 0 {
      image.remove(place(in: places))
      return .pages
    }
    var worst = Mutation.garbage
    for _ in 0...random.below(3) {
      let address = place(in: places)
      if random.below(2) == 0 {
        worst = .pointers
        image.overwrite(address, places[random.below(places.count)].start.rawValue)
      } else {
        var memory = image
        let value = memory.word(at: RemoteAddress(address.rawValue & ~7)) ?? 0
        image.overwrite(address, random.interestingWord(near: value))
      }
    }
    return worst
  }

  private func place(in places: [AddressRange]) -> RemoteAddress {
    let range = places[random.below(places.count)]
    return range.start + 8 * random.below(max(range.count / 8, 1))
  }

  // MARK: What must hold of all

  func expectGoodTally(_ name: String) {
    print(
      "fuzz, \(name): \(tally.images) images, \(tally.wrong) wrong stacks, not marked:"
        + " \(tally.wrongLines) with other lines, \(tally.unmarked) with other functions"
        + " (\(tally.unmarkedGarbage) by garbage); at most \(tally.mostReads) reads and"
        + " \(tally.mostBytes) bytes a stack, \(tally.mostNameReads) reads for everything")
    // The mutations do reach what is read.
    #expect(tally.wrong > tally.images / 10)
    // A pointer that garbage replaced may happen to lead on; hardly ever to something that fits.
    #expect(tally.unmarkedGarbage <= tally.images / 100)
    #expect(tally.mostNameReads < 65_536)
  }
}
