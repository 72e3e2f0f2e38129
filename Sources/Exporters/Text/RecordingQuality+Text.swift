public import ProfileModel

extension RecordingQuality {
  /// Samples that time on the CPU amounts to, at the rate asked for: what `expectedSamples` can be
  /// compared with.
  ///
  /// Counting samples would not do. Those of threads off the CPU are no part of what the rate
  /// promises, and ticks in kernel mode come a little later than one period after the last.
  var onCPUSamples: Int64 { scaledShare(onCPUTime, of: 1_000_000_000, scale: Int64(rate)) }

  /// Of `complete` in all samples, 0...1; 1 where there is no sample.
  var completeShare: Double { samples > 0 ? Double(complete) / Double(samples) : 1 }

  /// `99.8 % of the samples have a complete stack`.
  public var completeText: String {
    "\(Self.percent(complete, of: samples)) % of the samples have a complete "
      + (isPythonOnly ? "Python stack" : "stack")
  }

  /// What a reader must know before any figure, each with what may help; empty if all is well.
  public var warnings: [String] { defects.map { "\($0.fact): \($0.remedy)" } }

  /// The same without what may help, for places with little room.
  var briefWarnings: [String] { defects.map(\.fact) }

  private var defects: [(fact: String, remedy: String)] {
    [incompleteStacks, missedSamples, lostRecords].compactMap(\.self)
  }

  /// Fewer than these are of the first moments of any recording, or chance.
  private static let fewest: Int64 = 5

  private var incompleteStacks: (fact: String, remedy: String)? {
    guard samples - complete >= Self.fewest, Self.isShort(complete, of: samples) else { return nil }
    let none =
      withoutStack > 0
      ? ", \(Self.percent(withoutStack, of: samples, roundedUp: true)) % have none" : ""
    return ("only \(completeText)\(none)", remedyForStacks)
  }

  private var missedSamples: (fact: String, remedy: String)? {
    let taken = onCPUSamples
    guard expectedSamples - taken >= Self.fewest, Self.isShort(taken, of: expectedSamples) else {
      return nil
    }
    let fact =
      "only \(Self.percent(taken, of: expectedSamples)) % of the samples that were due on the CPU "
      + "were taken"
    guard seesKernel else {
      return (
        fact,
        "the others fell into the kernel, which is not permitted to be seen: hyflame doctor says how"
      )
    }
    return (
      fact,
      "the machine was saturated, threads ended within a period, or left the CPU thousands of times a second; "
        + lowerRate
    )
  }

  private var lostRecords: (fact: String, remedy: String)? {
    let all = samples &+ lostSamples
    guard lostSamples >= Self.fewest, Self.isShort(samples, of: all) else { return nil }
    let share = Self.percent(lostSamples, of: all, roundedUp: true)
    return ("\(share) % of all records were lost", "hyflame could not keep up; \(lowerRate)")
  }

  private var remedyForStacks: String {
    guard let reason = commonestReason else { return "see the ledger" }
    let remedy = StackRemedy.of(reason: reason)
    let sentence = remedy.text + (remedy.isOfRate ? "; \(lowerRate)" : "")
    return remedy.saysReason ? sentence : "mostly because \(reason); \(sentence)"
  }

  /// A quarter of the rate, but not below what a profile is worth anything at.
  private var lowerRate: String {
    let quarter = rate / 4
    return quarter >= 50
      ? "a lower rate may help: record -r \(quarter)"
      : "a less busy machine or a longer recording may help"
  }

  /// Less than 95 %.
  private static func isShort(_ part: Int64, of whole: Int64) -> Bool {
    whole > 0 && scaledShare(part, of: whole, scale: 10_000) < 9500
  }

  /// In per cent. What is good is rounded down and what is bad up, so that 100.0 and 0.0 are exact.
  private static func percent(
    _ part: Int64, of whole: Int64, roundedUp: Bool = false
  ) -> String {
    guard whole > 0 else { return "100.0" }
    let exact = scaledShare(part, of: whole, scale: 1000)
    let isBelow = exact >= 1000 && part < whole
    let isAbove = exact <= 0 && part > 0
    return NumberText.fixed(
      isBelow && !roundedUp ? 999 : isAbove && roundedUp ? 1 : exact, decimals: 1)
  }
}
