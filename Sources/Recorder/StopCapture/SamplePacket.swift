import CPython
import ProfileModel
import SampleTypes

/// What one stop of one thread yields. In the packet ring this header is followed by the stack
/// bytes, the Python frames and the activations.
struct SamplePacket: BitwiseCopyable {
  /// `TracedThread.slot`.
  var slot: Int32 = 0
  var gil = GilState.none
  var collection: ThreadReading.Collection?
  var pythonOutcome = PythonStack.Outcome.complete
  var python = PythonPresence.noInterpreter
  var trigger = Trigger.tick
  /// Nanoseconds of CLOCK_MONOTONIC of the tick.
  var time: UInt64 = 0
  /// The instruction that perf sampled; `registers.instructionPointer` is where the thread stopped.
  var sampledAddress: UInt64 = 0
  var registers = Registers()
  /// Number of the asyncio task that the thread runs (`TracerLink.hand(over:)`), or -1.
  var task: Int32 = -1
  var stackStart: UInt64 = 0
  /// Bytes.
  var stackCount: Int32 = 0
  var frameCount: Int32 = 0
  var activationCount: Int32 = 0
  /// Nanoseconds from the tick until the thread went on.
  var pause: UInt32 = 0
  /// How many news (`TracerLink.News`) were posted before this packet.
  var newsBefore: UInt32 = 0
  /// How many code objects were handed over up to this packet, those of its own stop included.
  var codesBefore: UInt32 = 0
  /// System calls that read the stopped thread.
  var systemCalls: Int32 = 0

  /// Nanoseconds that a read stands for.
  var weight: UInt64 = 0
  var cpu = CPUState.running
  /// False where a read never found the Python stack at rest, so that it may be of two instants.
  var isSteady = true

  var circumstances: SampleEvidence.Circumstances {
    guard trigger == .tick else { return isSteady ? .isRead : [.isRead, .isUnsteady] }
    return sampledAddress != registers.instructionPointer ? .isDisplaced : []
  }

  enum Trigger: UInt8, BitwiseCopyable {
    /// A tick stopped the thread.
    case tick
    /// The thread was read by a `Poller`, as it was.
    case read
  }

  enum PythonPresence: UInt8, BitwiseCopyable {
    /// No interpreter is known in the process (yet).
    case noInterpreter
    /// The thread has no Python state.
    case noThreadState
    /// The thread's Python stack was read.
    case read
    /// It was read from the second activation on; the innermost is just being entered.
    case recovered
    /// The innermost is just being entered, and the one that called it was not found.
    case halfLinked
  }
}
