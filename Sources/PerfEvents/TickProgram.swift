import CTickProgram
public import LinuxIO
import Synchronization

/// The program that takes samples inside the kernel, at the tick itself: nobody is stopped, and what
/// is read is of one instant (CShims/CTickProgram/tick_program.bpf.c).
///
/// Needs CAP_BPF and CAP_PERFMON, Linux 5.17 and its type information (/sys/kernel/btf/vmlinux).
///
/// `attach`, `reserveProcess` and `begin` may be called on any thread; the rest belongs to the thread
/// that drains.
public final class TickProgram: @unchecked Sendable {
  private let program: OpaquePointer
  private var generation: UInt32 = 0
  /// Numbers of processes that are free, the next one last.
  private let free = Mutex((0..<Int32(TICK_PROCESSES)).reversed().map { $0 })

  /// Where an interpreter keeps what a sample needs: addresses, and byte offsets in its structures.
  public struct Interpreter {
    public var interpretersHead: UInt64 = 0
    public var nextInterpreter = 0
    public var threadsHead = 0
    /// Bytes of a thread state to copy.
    public var stateSize = 0
    public var nextState = 0
    /// Where a thread state points to its interpreter, and the bytes of that to copy.
    public var interpreterOfState = 0
    public var interpreterRange = 0..<0
    public var threadID = 0
    /// Where a thread state points to the innermost frame, or to the struct that does.
    public var head = 0
    /// Where that struct points to the innermost frame; nil if there is none between.
    public var frameOfHead: Int?
    /// The bytes of a frame to copy, and its link to the next outer one.
    public var frameRange = 0..<0
    public var previousFrame = 0
    /// Where a frame points to its code object, and the bytes of that to copy.
    public var codeOfFrame = 0
    public var codeRange = 0..<0
    /// Where a thread state points to its innermost data-stack chunk, and to the end of that chunk's
    /// used part; nil up to 3.10.
    public var dataStackChunk: Int?
    public var dataStackTop: Int?
    /// True where a thread may run with a thread state that carries another thread's id.
    public var statesWander = false
    /// Where a thread state points to its innermost struct on the C stack; nil if there is none.
    public var placeOfState: Int?
    /// Address of the word that points to the thread state that has the GIL; 0 where that is not needed.
    public var gilHolder: UInt64 = 0
    /// Addresses of further words to copy; those that find no room are left out.
    public var words: [UInt64] = []

    public init() {}
  }

  /// - Parameter ringBytes: room for records that wait to be drained, a power of two.
  public init(ringBytes: Int) throws(SystemError) {
    var loaded: OpaquePointer?
    try SystemError.check(tick_program_load(ringBytes, &loaded), "bpf(BPF_PROG_LOAD)")
    program = loaded!
  }

  deinit { tick_program_free(program) }

  /// A number for a process whose threads will be attached, until it is released; nil if all are taken.
  public func reserveProcess() -> Int32? { free.withLock { $0.popLast() } }

  /// Gives a number back; nothing may be attached, nor be configured, with it any more.
  public func release(process: Int32) { free.withLock { $0.append(process) } }

  /// Lets the program take the samples of `event`, a thread of `process`, until the returned descriptor is
  /// closed. The records carry `slot`.
  ///
  /// - Parameter isSwitch: the event is `.leaving`, not `.tick`.
  public func attach(
    to event: borrowing PerfEvent, isSwitch: Bool = false, process: Int32, slot: Int32
  ) throws(SystemError) -> OwnedDescriptor {
    let link = tick_program_attach(
      program, event.rawValue, isSwitch ? 1 : 0, UInt32(bitPattern: process),
      UInt32(bitPattern: slot))
    return OwnedDescriptor(Int32(try SystemError.check(link, "bpf(BPF_LINK_CREATE)")))
  }

  /// What the program is to do with a process before `configure` is called for it. To be called before
  /// anything of the process is attached, and when it executes another program.
  ///
  /// - Parameters:
  ///   - parent: a forked process has in memory what its parent has there; nil for any other.
  ///   - startOfStack: as for `configure`; not used for a forked process.
  public func begin(
    process: Int32, forkedFrom parent: Int32?, startOfStack: UInt64, copiesStack: Bool
  ) {
    let place = UInt32(bitPattern: process)
    if let parent, tick_program_inherit(program, place, UInt32(bitPattern: parent)) == 0 { return }
    var value = tick_configuration()
    value.start_of_stack = startOfStack
    value.copies_stack = copiesStack ? 1 : 0
    _ = tick_program_configure(program, place, &value)
  }

  /// Tells the program where to read in `process`. Returns a number by which records say which call they follow.
  ///
  /// - Parameters:
  ///   - interpreter: nil while none is known.
  ///   - startOfStack: where the main thread's stack begins (proc_pid_stat(5)), or 0.
  public func configure(
    process: Int32, _ interpreter: Interpreter?, startOfStack: UInt64, copiesStack: Bool
  ) throws(SystemError) -> UInt32 {
    generation &+= 1
    var value = interpreter?.configuration ?? tick_configuration()
    value.generation = generation
    value.start_of_stack = startOfStack
    value.copies_stack = copiesStack ? 1 : 0
    let result = tick_program_configure(program, UInt32(bitPattern: process), &value)
    try SystemError.check(result, "bpf(BPF_MAP_UPDATE_ELEM)")
    return generation
  }

  /// Calls `body` with each record that is there, oldest first.
  public func drain(_ body: (TickRecord) -> Void) {
    withoutActuallyEscaping(body) { body in
      var take = body
      withUnsafeMutablePointer(to: &take) { pointer in
        _ = tick_program_drain(
          program,
          { context, bytes, size in
            let body = context!.assumingMemoryBound(to: ((TickRecord) -> Void).self)
            let bytes = UnsafeRawBufferPointer(start: bytes, count: size)
            if let record = TickRecord(bytes) { body.pointee(record) }
          }, pointer)
      }
    }
  }

  /// Samples for which the ring had no room.
  public var lost: Int64 { Int64(clamping: tick_program_lost(program)) }
}

extension TickProgram.Interpreter {
  fileprivate var configuration: tick_configuration {
    var value = tick_configuration()
    value.is_ready = 1
    value.interpreters_head = interpretersHead
    value.interpreter_next = UInt32(nextInterpreter)
    value.interpreter_states = UInt32(threadsHead)
    value.state_size = UInt32(stateSize)
    value.state_next = UInt32(nextState)
    value.state_thread_id = UInt32(threadID)
    value.state_interpreter = UInt32(interpreterOfState)
    value.states_wander = statesWander ? 1 : 0
    value.state_place = placeOfState.map(Int32.init) ?? -1
    value.holder = gilHolder
    value.interpreter_start = UInt32(interpreterRange.lowerBound)
    value.interpreter_size = UInt32(interpreterRange.count)
    value.state_head = UInt32(head)
    value.head_frame = frameOfHead.map { Int32($0) } ?? -1
    value.frame_start = UInt32(frameRange.lowerBound)
    value.frame_size = UInt32(frameRange.count)
    value.frame_previous = UInt32(previousFrame)
    value.frame_code = UInt32(codeOfFrame)
    value.code_start = UInt32(codeRange.lowerBound)
    value.code_size = UInt32(codeRange.count)
    value.state_chunk = dataStackChunk.map { Int32($0) } ?? -1
    value.state_chunk_top = dataStackTop.map { Int32($0) } ?? -1
    withUnsafeMutableBytes(of: &value.words) { bytes in
      let room = bytes.bindMemory(to: UInt64.self)
      for (index, word) in words.prefix(room.count).enumerated() { room[index] = word }
    }
    return value
  }
}
