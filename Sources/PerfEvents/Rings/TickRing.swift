public import LinuxIO

/// The ring of a user tick: one page, of which only the newest record matters, because the thread
/// is stopped from each tick until it has been sampled.
public struct TickRing: ~Copyable {
  private var ring: PerfRing

  /// One sampled instant, as perf recorded it.
  public struct Tick {
    public var address: UInt64
    /// Nanoseconds of CLOCK_MONOTONIC.
    public var time: UInt64
    /// Nil if unknown.
    public var cpu: UInt32?

    public init(address: UInt64, time: UInt64, cpu: UInt32?) {
      self.address = address
      self.time = time
      self.cpu = cpu
    }
  }

  public init(of event: borrowing PerfEvent) throws(SystemError) {
    ring = try PerfRing(of: event, dataBytes: PerfRing.tickRingBytes)
  }

  /// Whether there are ticks since the last call of `take`. (Mutating, because nothing else can be asked of an
  /// optional property that is not copyable.)
  public mutating func hasTicks() -> Bool { ring.hasRecords }

  /// The newest tick since the last call, and how many there were: more than one if the thread went
  /// on ticking before its signal was delivered.
  public mutating func take() -> (newest: Tick, count: Int)? {
    var newest: Tick?
    var count = 0
    ring.drain { bytes in
      guard case .sample(let sample) = PerfRecord(bytes, kind: .userTick) else { return }
      newest = Tick(address: sample.address, time: sample.time, cpu: sample.cpu)
      count += 1
    }
    return newest.map { ($0, count) }
  }
}
