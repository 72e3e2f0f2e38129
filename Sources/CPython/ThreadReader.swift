public import SampleTypes

/// Reads the Python frames and the GIL state of one thread state, sample after sample.
///
/// Made for the instant at which the thread is stopped: after the first few samples it allocates
/// nothing, and it asks for what it will probably read before it reads.
public struct ThreadReader: Sendable {
  /// Chains that are longer are cut: a cycle, or a recursion beyond what a flame graph can show.
  public static let frameLimit = 8192

  public let runtime: PythonRuntime
  /// What the thread state must still say when it is read.
  public let threadState: ThreadState

  public init(runtime: PythonRuntime, threadState: ThreadState) {
    self.runtime = runtime
    self.threadState = threadState
  }

  /// Appends what the next `read` will probably touch: the thread state, the GIL word (up to
  /// 3.11), the data-stack chunks with some slack, and the heap frames seen last time (generators;
  /// up to 3.10 every frame). It depends on the last read only, so it may be called ahead of the
  /// stop. The C stack is not included: the caller copies it anyway, and the activations' structs
  /// lie in it.
  public mutating func prefetchRanges(into ranges: inout [AddressRange]) {
  }

  /// Reads the chain of frames, innermost first, into `stack`, which is emptied first.
  ///
  /// Never throws: what went wrong is in `stack.outcome`, what could be read before is kept. A
  /// frame whose code is already gone is kept as well.
  ///
  /// - Parameter appending: keeps what `stack` holds, for a thread with several thread states.
  public mutating func read(
    memory: inout some RemoteMemory, into stack: inout PythonStack, appending: Bool = false
  ) -> ThreadReading {
    ThreadReading(isValid: false, gil: .none)
  }

  /// Reads like `read`, but as if the activation with this key were the innermost one.
  ///
  /// On 3.11 and 3.12 a thread that is just entering the eval loop has linked a `_PyCFrame` whose
  /// fields are still stack garbage (0.03–0.4 % of samples): `read` then ends at once as
  /// unreadable or implausible. The caller knows the distance from an activation's CFA to its key
  /// from earlier samples of the same binary, and so the key of the next activation.
  /// On other versions the same as `read`.
  public mutating func read(
    fromActivation key: RemoteAddress, memory: inout some RemoteMemory,
    into stack: inout PythonStack
  ) -> ThreadReading {
    read(memory: &memory, into: &stack)
  }
}
