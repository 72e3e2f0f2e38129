import CTickProgram
public import LinuxIO
public import SampleTypes
import Synchronization

/// The program that takes samples inside the kernel, at the tick itself: nobody is stopped, and what
/// is read is of one instant (CShims/CTickProgram/tick_program.bpf.c).
///
/// Needs CAP_BPF and CAP_PERFMON, Linux 5.17 and its type information (/sys/kernel/btf/vmlinux).
///
/// `attach`, `reserveProcess`, `begin`, `relieve` and what is said of first ticks may be called on any thread;
/// the rest belongs to the thread that drains.
public final class TickProgram: @unchecked Sendable {
  private let program: OpaquePointer
  private var generation: UInt32 = 0
  /// Held by who takes records out of the ring, and while `backlog` is used.
  private let taking = Mutex(())
  /// Older than what is in the ring.
  private var backlog = TickBacklog()
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
    /// Where a code object points to its name, its file's name and its line table, all within those bytes.
    public var codeName = 0
    public var codeFile = 0
    public var codeLines = 0
    /// Whether text tells code objects apart that nothing else does.
    public var checksText = false
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
    let result = tick_program_load(ringBytes, &loaded)
    try SystemError.check(result, .loadProgram)
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
    return OwnedDescriptor(Int32(try SystemError.check(link, .attachProgram)))
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
    try SystemError.check(result, .configureProgram)
    return generation
  }

  /// Calls `body` with each record that is there, oldest first. Others may come faster than they are taken.
  public func drain(_ body: (TickRecord) -> Void) {
    let began = MonotonicClock.now()
    var isNew = false
    while !isNew {
      var earlier = TickBacklog()
      // Whoever waits for the lock gets it between two records: it makes room.
      let isEmpty = taking.withLock { _ in
        if backlog.isEmpty {
          return !consume { record in
            body(record)
            isNew = record.time >= began
            return -1
          }
        }
        swap(&backlog, &earlier)
        return false
      }
      if isEmpty { return }
      earlier.visit { bytes in TickRecord(bytes).map(body) }
    }
  }

  /// Makes room in the ring: keeps what is there until somebody drains it. To be called when `wait` says so.
  public func relieve() {
    taking.withLock { _ in
      while backlog.hasRoom, consume({ backlog.append($0.rawBytes) ? 0 : -1 }) {}
    }
  }

  /// Calls `take` with the records of the ring until it returns a negative number; false if there was none.
  private func consume(_ take: (TickRecord) -> Int32) -> Bool {
    withoutActuallyEscaping(take) { take in
      var take = take
      return withUnsafeMutablePointer(to: &take) { pointer in
        tick_program_drain(
          program,
          { context, bytes, size in
            let take = context!.assumingMemoryBound(to: ((TickRecord) -> Int32).self)
            let bytes = UnsafeRawBufferPointer(start: bytes, count: size)
            return TickRecord(bytes).map(take.pointee) ?? 0
          }, pointer) != 0
      }
    }
  }

  /// Samples for which the ring had no room.
  public var lost: Int64 { Int64(clamping: tick_program_count(program, UInt32(TICK_LOST))) }

  /// Ticks that fell due in the program's own work where a thread left the CPU: they are not the target's.
  public var ownTicks: Int64 { Int64(clamping: tick_program_count(program, UInt32(TICK_OWN))) }

  /// Switches of which nothing was copied, because earlier copies had used what a thread or its CPU may be kept for.
  public var passedSwitches: Int64 {
    Int64(clamping: tick_program_count(program, UInt32(TICK_SWITCH_PASSED)))
  }

  /// Ticks that were passed over because the thread's stack takes long to copy; a later sample stands for them.
  public var passedTicks: Int64 {
    Int64(clamping: tick_program_count(program, UInt32(TICK_PASSED)))
  }

  /// Makes known which thread states a thread has, which the program did not find in time.
  ///
  /// - Parameters:
  ///   - newestInterpreter: what `Interpreter.interpretersHead` points to.
  ///   - time: when that was so, nanoseconds of CLOCK_MONOTONIC.
  public func know(
    _ threadStates: [RemoteAddress], newestInterpreter: RemoteAddress, isOnlyInterpreter: Bool,
    time: UInt64, slot: Int32
  ) {
    var known = tick_known_states()
    withUnsafeMutableBytes(of: &known.states) { bytes in
      let room = bytes.bindMemory(to: UInt64.self)
      for (index, state) in threadStates.prefix(room.count).enumerated() {
        room[index] = state.rawValue
      }
    }
    known.newest_interpreter = newestInterpreter.rawValue
    known.has_several_interpreters = isOnlyInterpreter ? 0 : 1
    known.checked = time
    tick_program_know(program, UInt32(bitPattern: slot), &known)
  }

  // MARK: First ticks

  /// The event of this thread, which is to be attached, has a first period that is not the usual one: of its
  /// ticks the first alone is taken until `hadFirst` is called. False if there are too many such threads.
  public func expectFirst(slot: Int32) -> Bool {
    tick_program_expect_first(program, UInt32(bitPattern: slot)) == 0
  }

  /// The thread's event has the usual period, or the thread has ended.
  public func hadFirst(slot: Int32) { tick_program_had_first(program, UInt32(bitPattern: slot)) }

  /// What cannot wait.
  public enum Call {
    /// A thread has had its first tick.
    case firstTick(slot: Int32)
    /// A quarter of the ring is full, or more.
    case ringFills
  }

  /// Waits for what cannot wait, `milliseconds` at most. To be called on one thread alone, which need not be
  /// the one that drains.
  public func wait(milliseconds: Int32, _ body: (Call) -> Void) {
    withoutActuallyEscaping(body) { body in
      var take = body
      withUnsafeMutablePointer(to: &take) { pointer in
        tick_program_wait(
          program, milliseconds,
          { context, what in
            let call: Call =
              what == UInt32(TICK_RING_FILLS)
              ? .ringFills : .firstTick(slot: Int32(bitPattern: what))
            context!.assumingMemoryBound(to: ((Call) -> Void).self).pointee(call)
          }, pointer)
      }
    }
  }
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
    value.code_name = UInt32(codeName)
    value.code_file = UInt32(codeFile)
    value.code_lines = UInt32(codeLines)
    value.code_checks_text = checksText ? 1 : 0
    value.state_chunk = dataStackChunk.map { Int32($0) } ?? -1
    value.state_chunk_top = dataStackTop.map { Int32($0) } ?? -1
    withUnsafeMutableBytes(of: &value.words) { bytes in
      let room = bytes.bindMemory(to: UInt64.self)
      for (index, word) in words.prefix(room.count).enumerated() { room[index] = word }
    }
    return value
  }
}
