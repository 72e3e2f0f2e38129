import CLinux
import Glibc
public import LinuxIO

/// ptrace(2) requests, by the thread that seized. Every one but `seize` fails with ESRCH on a thread
/// that is not stopped, or gone; callers treat that as "it is gone".
public enum Ptrace {
  /// Attaches without stopping the thread; new threads and execs are reported.
  ///
  /// Never with PTRACE_O_EXITKILL: the target must outlive a killed profiler. Unless `followsChildren`,
  /// forks are not traced: a child runs as if nobody looked.
  public static func seize(_ tid: Int32, followsChildren: Bool = false) throws(SystemError) {
    var options = PTRACE_O_TRACECLONE.rawValue | PTRACE_O_TRACEEXEC.rawValue
    if followsChildren { options |= PTRACE_O_TRACEFORK.rawValue | PTRACE_O_TRACEVFORK.rawValue }
    let result = linux_ptrace_number(UInt32(PTRACE_SEIZE.rawValue), tid, 0, UInt(options))
    try SystemError.check(result, .seize)
  }

  /// Lets a stopped thread run; `signal` is delivered to it, 0 is none.
  public static func resume(_ tid: Int32, signal: Int32 = 0) {
    _ = linux_ptrace_number(UInt32(PTRACE_CONT.rawValue), tid, 0, UInt(signal))
  }

  /// Leaves a thread in its group-stop, to be told when it ends (SIGCONT).
  public static func listen(_ tid: Int32) {
    _ = linux_ptrace_number(UInt32(PTRACE_LISTEN.rawValue), tid, 0, 0)
  }

  /// Lets go of a stopped thread.
  public static func detach(_ tid: Int32, signal: Int32 = 0) {
    _ = linux_ptrace_number(UInt32(PTRACE_DETACH.rawValue), tid, 0, UInt(signal))
  }

  public static func interrupt(_ tid: Int32) {
    _ = linux_ptrace_number(UInt32(PTRACE_INTERRUPT.rawValue), tid, 0, 0)
  }

  /// Where the signal of a signal-delivery-stop came from.
  public struct SignalOrigin {
    /// `si_code` (sigaction(2)): POLL_IN for a signal of F_SETSIG.
    public var code: Int32
    /// `si_fd`: meaningful for the codes POLL_IN to POLL_HUP only.
    public var descriptor: Int32

    /// Whether an event sent it, with F_SETSIG: POLL_IN … POLL_HUP or, for signals that have codes of their own
    /// (SIGCHLD), SI_SIGIO (fs/fcntl.c, send_sigio_to_task). `descriptor` means nothing otherwise.
    public var isReadiness: Bool { 1...6 ~= code || code == Self.queuedReadiness }

    /// Whether the event that sent it has used up what it was allowed, and is disabled: POLL_HUP. SIGCHLD does
    /// not tell, so it may be.
    public var isHangUp: Bool { code == 6 || code == Self.queuedReadiness }

    private static let queuedReadiness: Int32 = -5
  }

  /// Why a thread is in a signal-delivery-stop; nil for a group-stop or a thread that is gone.
  public static func signalOrigin(_ tid: Int32) -> SignalOrigin? {
    var info = siginfo_t()
    let result = withUnsafeMutablePointer(to: &info) {
      linux_ptrace(UInt32(PTRACE_GETSIGINFO.rawValue), tid, 0, $0)
    }
    guard result == 0 else { return nil }
    return SignalOrigin(code: info.si_code, descriptor: linux_siginfo_descriptor(&info))
  }

  /// The number that came with a ptrace event: the new thread's for a clone, the former thread's
  /// for an exec.
  public static func eventMessage(_ tid: Int32) -> Int32? {
    var message: UInt = 0
    let result = withUnsafeMutablePointer(to: &message) {
      linux_ptrace(UInt32(PTRACE_GETEVENTMSG.rawValue), tid, 0, $0)
    }
    return result == 0 ? Int32(truncatingIfNeeded: message) : nil
  }

  /// Registers of a stopped thread.
  public static func registers(_ tid: Int32) -> ThreadRegisters? {
    var words = user_regs_struct()
    let result = withUnsafeMutablePointer(to: &words) {
      linux_ptrace(UInt32(PTRACE_GETREGS.rawValue), tid, 0, $0)
    }
    return result == 0 ? ThreadRegisters(words) : nil
  }

  /// The sixteen SSE registers of a stopped thread, as 32 words: compilers keep pairs of pointers
  /// in them that are about to be stored.
  public static func vectorWords(_ tid: Int32) -> [UInt64]? {
    var registers = user_fpregs_struct()
    let result = withUnsafeMutablePointer(to: &registers) {
      linux_ptrace(UInt32(PTRACE_GETFPREGS.rawValue), tid, 0, $0)
    }
    guard result == 0 else { return nil }
    return withUnsafeBytes(of: registers.xmm_space) { Array($0.bindMemory(to: UInt64.self)) }
  }
}
