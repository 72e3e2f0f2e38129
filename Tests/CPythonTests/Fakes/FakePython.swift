import SampleTypes
import Support

@testable import CPython

/// A CPython process made of a few structures, laid out as a version lays them out.
struct FakePython {
  var memory = FakeMemory()
  var runtime: PythonRuntime
  let layout: Layout
  /// The one thread state.
  let state = RemoteAddress(0x20_0000)
  let interpreter = RemoteAddress(0x10_0000)
  let codeType = RemoteAddress(0x30_0000)
  let stringType = RemoteAddress(0x31_0000)
  /// Where the next object goes, and the next struct of an activation.
  private var heap = RemoteAddress(0x100_0000)
  private var stack = RemoteAddress(0x7fff_0000_0000)

  static let threadID: UInt64 = 0x7f00_1234_5700

  init(minor: Int, freeThreaded: Bool = false) {
    let version = PythonVersion(major: 3, minor: minor, micro: 1)
    layout = Layout.table(for: version, freeThreaded: freeThreaded)!
    let address = RemoteAddress(0x5_0000)
    let range = AddressRange(start: address, end: address + 0x1000)
    runtime = PythonRuntime(
      version: version, address: address, layout: layout,
      module: MappedModule(
        path: "/usr/bin/python3.\(minor)", loadBias: 0, range: range, writableRanges: [range]),
      origin: .symbol, codeType: codeType, stringType: stringType)
    memory.store([UInt8](repeating: 0, count: 1024), at: stringType)
    memory.store(UInt64(1 << 28), at: stringType + layout.type.flags)
    memory.store([UInt8](repeating: 0, count: 4096), at: state)
    memory.store([UInt8](repeating: 0, count: 8192), at: interpreter)
    memory.store([UInt8](repeating: 0, count: 4096), at: address)
    memory.store(interpreter, at: address + layout.runtime.interpretersHead)
    memory.store(state, at: interpreter + layout.interpreter.threadsHead)
    memory.store(interpreter, at: state + layout.threadState.interpreter)
    memory.store(Self.threadID, at: state + layout.threadState.threadID)
    // The thread's control block.
    memory.store(Self.threadID, at: RemoteAddress(Self.threadID))
  }

  var threadState: ThreadState {
    ThreadState(
      address: state, interpreter: interpreter, threadID: Self.threadID, nativeThreadID: nil)
  }

  mutating func setState(_ field: Int?, _ value: RemoteAddress) {
    memory.store(value, at: state + field!)
  }

  mutating func setState(_ field: Int?, _ value: UInt32) {
    memory.store(value, at: state + field!)
  }

  /// Zeroed memory for one object.
  mutating func allocate(_ size: Int = 512) -> RemoteAddress {
    defer { heap = heap + (size + 15) / 16 * 16 }
    memory.store([UInt8](repeating: 0, count: size), at: heap)
    return heap
  }

  /// Zeroed memory on the C stack, each further out than the one before.
  mutating func allocateOnStack() -> RemoteAddress {
    defer { stack = stack + 256 }
    memory.store([UInt8](repeating: 0, count: 128), at: stack)
    return stack
  }

  /// Fills a frame that runs a new code object, at byte offset 4 of its bytecode.
  @discardableResult
  mutating func frame(
    at place: RemoteAddress? = nil, previous: RemoteAddress = .null, owner: UInt8 = 0,
    isEntry: Bool = false, offset: Int = 4
  ) -> RemoteAddress {
    let frame = place ?? allocate()
    let code = allocate()
    keepAlive(code)
    memory.store(codeType, at: code + layout.object.type)
    memory.store(code, at: frame + layout.frame.code)
    memory.store(previous, at: frame + layout.frame.previous)
    if let bytecode = layout.code.bytecode {
      memory.store(code + bytecode + offset, at: frame + layout.frame.instruction)
    } else {
      memory.store(Int32(offset), at: frame + layout.frame.instruction)
    }
    if let field = layout.frame.execution {
      // `f_executing`; from 3.10 on `f_stackdepth`.
      memory.store(layout.minor == 10 ? Int32(-1) : 1, at: frame + field)
    }
    if let field = layout.frame.owner { memory.store(owner, at: frame + field) }
    if let field = layout.frame.isEntry { memory.store(UInt8(isEntry ? 1 : 0), at: frame + field) }
    return frame
  }

  /// Links a `CFrame` that names a frame (3.11, 3.12) in front of another.
  mutating func cframe(
    current: RemoteAddress = .null, previous: RemoteAddress? = nil
  ) -> RemoteAddress {
    let cframe = allocateOnStack()
    let root = state + layout.threadState.rootCFrame!
    memory.store(previous ?? root, at: cframe + layout.cframe.previous!)
    if let field = layout.cframe.currentFrame { memory.store(current, at: cframe + field) }
    return cframe
  }

  func read() -> (ThreadReading, PythonStack) {
    var reader = ThreadReader(runtime: runtime, threadState: threadState)
    return read(&reader)
  }

  func read(_ reader: inout ThreadReader) -> (ThreadReading, PythonStack) {
    var stack = PythonStack()
    var memory = memory
    let reading = reader.read(memory: &memory, into: &stack)
    return (reading, stack)
  }
}
