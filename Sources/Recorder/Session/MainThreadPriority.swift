import Glibc

/// The nice value of hyflame's main thread, which has the process's number. Where privilege does not allow it to be
/// lowered it stays as it is.
struct MainThreadPriority: Sendable {
  /// What it was when this was made.
  private let usual = getpriority(Int32(PRIO_PROCESS.rawValue), id_t(getpid()))
  /// It has some ten times the weight of another thread then.
  private static let raised: Int32 = -10

  /// Has it come before others, unless it does so already.
  func raise() { Self.set(min(Self.raised, usual)) }

  func restore() { Self.set(usual) }

  private static func set(_ nice: Int32) {
    setpriority(Int32(PRIO_PROCESS.rawValue), id_t(getpid()), nice)
  }
}
