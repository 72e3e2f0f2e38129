/// How much of what a recording promises it holds: counted sample by sample, while it is recorded or
/// from its file, so that every form and the end of `record` say the same.
public struct RecordingQuality: Sendable, Equatable {
  /// All of them: what every share here refers to.
  public private(set) var samples: Int64 = 0
  /// Samples with every frame of both stacks; Python frames alone count where no others were recorded.
  public private(set) var complete: Int64 = 0
  /// Samples without any frame.
  public private(set) var withoutStack: Int64 = 0
  /// Samples per entry of `Ledger.reasons` that are not complete.
  public private(set) var incomplete: [Int64] = []
  /// Nanoseconds that the samples of running threads stand for.
  public private(set) var onCPUTime: Int64 = 0
  /// True where there are Python frames alone because no others were recorded.
  public private(set) var isPythonOnly = false
  public var expectedSamples: Int64 = 0
  public var lostSamples: Int64 = 0
  public var reasons: [String] = [""]
  /// Asked samples a second of CPU time, per thread.
  public var rate: Int32 = 0
  public var capture: CaptureMode?
  /// False where time in the kernel and time off the CPU were not permitted to be seen.
  public var seesKernel = true

  public init() {}

  public init(_ profile: Profile) {
    for sample in profile.samples { count(sample) }
    expectedSamples = profile.ledger.expectedSamples
    lostSamples = profile.ledger.lostSamples
    reasons = profile.ledger.reasons
    rate = profile.recording.rate
    capture = profile.recording.capture
    seesKernel = profile.recording.privileged || capture == .read
  }

  /// Counts one sample; allocates only for a reason that is new.
  public mutating func count(_ sample: Sample) {
    samples &+= 1
    if sample.cpu == .running { onCPUTime &+= sample.weight }
    if sample.stack < 0 { withoutStack &+= 1 }
    if sample.merge == .pythonOnly { isPythonOnly = true }
    guard !sample.isComplete else {
      complete &+= 1
      return
    }
    let reason = Int(sample.reason)
    if reason >= incomplete.count {
      incomplete.append(contentsOf: repeatElement(0, count: reason + 1 - incomplete.count))
    }
    incomplete[reason] &+= 1
  }

  /// The sentence that most samples which are not complete have; nil where none is given.
  public var commonestReason: String? {
    let counts = incomplete.enumerated().filter { $0.element > 0 }
    guard let most = counts.max(by: { ($0.element, $1.offset) < ($1.element, $0.offset) }),
      most.offset > 0, most.offset < reasons.count
    else { return nil }
    return reasons[most.offset]
  }
}

extension Sample {
  /// A native-only sample without a reason had no Python to be joined with.
  fileprivate var isComplete: Bool {
    switch merge {
    case .exact, .pythonOnly: true
    case .partial: false
    case .nativeOnly: reason == 0 && stack >= 0
    }
  }
}
