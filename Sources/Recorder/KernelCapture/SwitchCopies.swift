import PerfEvents

/// Brings together a thread's absences from the CPU, as the records of its switches tell them, and what a
/// `TickProgram` copied when it left: they come through different rings.
///
/// The ring of switches is read before each copy is taken. So absences that ended before it are known, and
/// an absence that has ended meanwhile waits for its copy, of which it is known by then whether it is
/// wanted; only the copy of one that goes on is kept.
struct SwitchCopies {
  /// A stretch off the CPU.
  struct Absence {
    /// Nanoseconds of CLOCK_MONOTONIC: when it began, and when the one before had ended.
    var since: UInt64
    var notBefore: UInt64
    /// Nanoseconds that its sample stands for; 0 if none is wanted, so far at least.
    var weight: UInt64 = 0
    var isPreempted: Bool

    /// The program runs when the thread leaves, before the kernel notes that it has left.
    func isCopied(at time: UInt64) -> Bool { notBefore <= time && time <= since }
  }

  /// Ended, without a copy so far; oldest first.
  private var waiting: [Absence] = []
  private var lastEnded: UInt64 = 0
  private var keptBytes: [UInt8] = []
  private var keptTime: UInt64?

  /// A copy has come that was made at `time`, not before those that came earlier. Returns the absence that
  /// it is of, if that has ended and waits; it is kept if its absence goes on or is not known yet. Absences
  /// that began before have no copy: they are given to `withoutCopy`.
  mutating func take(
    copyOf time: UInt64, bytes: UnsafeRawBufferPointer, withoutCopy: (Absence) -> Void
  ) -> Absence? {
    while let first = waiting.first, first.since < time { withoutCopy(waiting.removeFirst()) }
    if let first = waiting.first, first.isCopied(at: time) { return waiting.removeFirst() }
    guard time > lastEnded else { return nil }
    keptBytes.removeAll(keepingCapacity: true)
    keptBytes.append(contentsOf: bytes)
    keptTime = time
    return nil
  }

  /// An absence has ended. Calls `body` with its copy if that is here; without one it waits, unless no
  /// sample of it is wanted.
  mutating func end(_ absence: Absence, _ body: (TickRecord) -> Void) {
    lastEnded = absence.since
    if absence.weight > 0, !useKept(of: absence, body) { waiting.append(absence) }
    if let time = keptTime, time <= absence.since { keptTime = nil }
  }

  /// Calls `body` with the copy of an absence that goes on, which then takes no room any more.
  mutating func takeCopy(of absence: Absence, _ body: (TickRecord) -> Void) {
    guard useKept(of: absence, body) else { return }
    keptTime = nil
    keptBytes = []
  }

  /// False if the copy that is kept is not of this absence.
  private func useKept(of absence: Absence, _ body: (TickRecord) -> Void) -> Bool {
    guard let time = keptTime, absence.isCopied(at: time) else { return false }
    keptBytes.withUnsafeBytes { bytes in TickRecord(bytes).map(body) }
    return true
  }

  /// No more copies will come, and the one that is kept is of no use.
  mutating func finish(withoutCopy: (Absence) -> Void) {
    for absence in waiting { withoutCopy(absence) }
    waiting.removeAll()
    keptTime = nil
  }
}
