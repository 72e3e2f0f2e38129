import PerfEvents

/// Brings together a thread's absences from the CPU, as the records of its switches tell them, and what a
/// `TickProgram` copied when it left: they come through different rings.
///
/// The ring of switches is read before each copy is taken. So absences that ended before it are known, and
/// an absence that has ended meanwhile waits for its copy, of which it is known by then whether it is
/// wanted; only the copy of one that goes on is kept.
struct SwitchCopies {
  /// A stretch off the CPU, of which a sample is wanted.
  struct Absence {
    /// Nanoseconds of CLOCK_MONOTONIC: when it began, and when the one before had ended.
    var since: UInt64
    var notBefore: UInt64
    /// Nanoseconds that the sample stands for.
    var weight: UInt64
    var isPreempted: Bool

    /// The program runs when the thread leaves, before the kernel notes that it has left.
    func isCopied(at time: UInt64) -> Bool { notBefore <= time && time <= since }
  }

  enum Answer {
    /// The copy is that of this absence.
    case of(Absence)
    /// Its absence goes on, or is not known yet.
    case kept
    case unwanted
  }

  /// Ended, without a copy so far; oldest first.
  private var waiting: [Absence] = []
  private var lastEnded: UInt64 = 0
  private var keptBytes: [UInt8] = []
  private var keptTime: UInt64?

  /// A copy has come that was made at `time`, not before those that came earlier. Absences that began
  /// before have none: they are given to `withoutCopy`.
  mutating func take(
    copyOf time: UInt64, bytes: UnsafeRawBufferPointer, withoutCopy: (Absence) -> Void
  ) -> Answer {
    while let first = waiting.first, first.since < time { withoutCopy(waiting.removeFirst()) }
    if let first = waiting.first, first.isCopied(at: time) { return .of(waiting.removeFirst()) }
    if time <= lastEnded { return .unwanted }
    keptBytes.removeAll(keepingCapacity: true)
    keptBytes.append(contentsOf: bytes)
    keptTime = time
    return .kept
  }

  /// An absence has ended. Calls `body` with its copy if that is here; without one it waits, unless no
  /// sample of it is wanted.
  mutating func end(_ absence: Absence, _ body: (TickRecord) -> Void) {
    lastEnded = absence.since
    let isHere = keptTime.map(absence.isCopied) ?? false
    if absence.weight > 0 {
      if isHere {
        keptBytes.withUnsafeBytes { bytes in TickRecord(bytes).map(body) }
      } else {
        waiting.append(absence)
      }
    }
    if let time = keptTime, time <= absence.since { keptTime = nil }
  }

  /// The copy of an absence that goes on, which is then no longer kept.
  mutating func takeCopy(since: UInt64, notBefore: UInt64, _ body: (TickRecord) -> Void) {
    guard let time = keptTime, notBefore <= time, time <= since else { return }
    keptBytes.withUnsafeBytes { bytes in TickRecord(bytes).map(body) }
    keptTime = nil
    keptBytes = []
  }

  /// No more copies will come, and the one that is kept is of no use.
  mutating func finish(withoutCopy: (Absence) -> Void) {
    for absence in waiting { withoutCopy(absence) }
    waiting.removeAll()
    keptTime = nil
  }
}
