import CPython
import LinuxIO
import SampleTypes

/// For how long the text of a code object's names is taken for granted: where that alone tells code objects apart
/// (`CodeText`), reading it each time would cost more than all else. The rule is that of tick_program.bpf.c, which
/// explains these times; nanoseconds.
struct TextTrust {
  private static let youth: UInt64 = 250_000_000  // TEXT_YOUTH
  private static let gap: UInt64 = 500_000_000  // TEXT_GAP
  private static let trust: UInt64 = 100_000_000  // TEXT_TRUST

  /// Since when it has been the same, and when it was read last.
  private var since: UInt64 = 0
  private var readAt: UInt64 = 0

  /// Gives a fingerprint that was read just now its text: that of `known`, if it is the same object for all that
  /// can be trusted, else what is read.
  mutating func complete(
    _ print: inout CodeFingerprint, known: CodeFingerprint?, layout: Layout,
    memory: inout some RemoteMemory
  ) {
    let now = MonotonicClock.now()
    if let known, known.agreesButForText(with: print), holds(at: now) {
      return print.assumeText(of: known)
    }
    print.readText(layout: layout, memory: &memory)
    if print != known || now &- readAt > Self.gap { since = now }
    readAt = now
  }

  /// Whether the text will not be read at `now`, if the object is the same.
  func holds(at now: UInt64) -> Bool {
    now &- readAt < Self.trust && readAt &- since >= Self.youth
  }
}
