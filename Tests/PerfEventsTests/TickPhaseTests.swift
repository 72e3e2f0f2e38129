import PerfEvents
import Testing

/// Ticks as a software clock of the kernel gives them, and what becomes of them.
@Suite struct TickPhaseTests {
  private static let period: UInt64 = 1_000_000
  /// One of each of these is tried, as they are equally likely.
  private static let instants = stride(from: UInt64(0), to: period, by: 500)

  /// The instants that are sampled of a thread that is on the CPU for `life`; ticks are heard where `hears` says
  /// so, and a new period takes effect at once.
  private static func samples(
    _ phase: TickPhase, life: UInt64, hears: (UInt64) -> Bool = { _ in true }
  ) -> [UInt64] {
    var phase = phase
    var taken: [UInt64] = []
    var time = phase.current
    while time <= life {
      if hears(time), phase.take(at: time) { taken.append(time) }
      time += phase.current
    }
    return taken
  }

  @Test(arguments: [0.05, 0.4, 0.999, 1.5, 7.25])
  func samplesAreInProportionToTime(periods: Double) {
    let life = UInt64(periods * Double(Self.period))
    var count = 0
    var tried = 0
    for instant in Self.instants {
      count += Self.samples(TickPhase(period: Self.period, instant: instant), life: life).count
      tried += 1
    }
    let mean = Double(count) / Double(tried)
    #expect(abs(mean / periods - 1) < 0.01, "\(mean) samples in \(periods) periods")
  }

  @Test func ticksAreAPeriodApart() {
    let taken = Self.samples(TickPhase(period: Self.period, instant: 300_000), life: 5_000_000)
    #expect(taken == [300_001, 1_300_001, 2_300_001, 3_300_001, 4_300_001])
  }

  /// A clock that is deaf in one mode ticks at its first period until it is heard. What is sampled then is in
  /// proportion to the time in which it hears, but for a part of one sample.
  @Test(arguments: [UInt64(700_000), 90_000, 12_000], [0.3, 1.5, 9, 40])
  func deafClocksAreSampledInProportion(stretch: UInt64, periods: Double) {
    func hears(_ time: UInt64) -> Bool { time / stretch % 3 == 0 }
    let life = UInt64(periods * Double(Self.period))
    var (taken, wanted, tried) = (0, 0, 0)
    for instant in Self.instants {
      let phase = TickPhase(period: Self.period, instant: instant)
      taken += Self.samples(phase, life: life, hears: hears).count
      wanted += stride(from: phase.first, through: life, by: Int(Self.period)).count(where: hears)
      tried += 1
    }
    let difference = Double(taken - wanted) / Double(tried)
    #expect(abs(difference) < 0.5, "\(Double(wanted) / Double(tried)) samples were wanted")
    if periods <= 1.5 { #expect(abs(difference) < 0.03) }
  }

  @Test func firstPeriodIsNeverTiny() {
    #expect(TickPhase(period: 12_800, instant: 0).first == 100)
    #expect(TickPhase(period: 1, instant: 0).first == 1)
    #expect(TickPhase(period: 10, instant: 9).first == 10)
  }
}
