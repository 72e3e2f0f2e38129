import CLinux
import Glibc
public import LinuxIO

/// A command that was forked and waits at a gate, so that it can be seized before it runs its first
/// instruction.
///
/// A child inherits most of the *thread* that forks it: priority, timer slack, CPUs, and which thread's end
/// PR_SET_PDEATHSIG is about. So it is made by the main thread, of which a recorder changes nothing, and traced
/// by another.
public final class LaunchedCommand: Sendable {
  public let pid: Int32
  private let gate: OwnedDescriptor
  private let failure: OwnedDescriptor

  /// Forks; the child inherits the profiler's standard streams, directory and environment, and what
  /// `inheritance` holds.
  public init(_ command: [String], _ inheritance: Inheritance) throws(SystemError) {
    var arguments = command.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var gate: Int32 = -1
    var failure: Int32 = -1
    var values = inheritance.values
    let result = linux_spawn_gated(&arguments, &values, &gate, &failure)
    pid = Int32(try SystemError.check(result, .fork))
    self.gate = OwnedDescriptor(gate)
    self.failure = OwnedDescriptor(failure)
  }

  /// Opens the gate: the child execs.
  public func release() {
    var byte: UInt8 = 1
    while write(gate.rawValue, &byte, 1) < 0 && errno == EINTR {}
  }

  /// The descriptor that becomes readable when exec succeeded (end of file) or failed.
  public var failureDescriptor: Int32 { failure.rawValue }

  /// After the child ended: the errno with which exec failed, or nil if it succeeded.
  public func execError() -> Int32? {
    var error: Int32 = 0
    return read(failure.rawValue, &error, 4) == 4 ? error : nil
  }
}
