public import ProfileModel

/// Numbers that look random and are the same in every run.
public struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// SplitMix64 (Steele, Lea and Flood, 2014).
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

extension Profile {
  /// A small profile with every kind of frame, recursion, plumbing at any place, samples without a
  /// stack, and every state.
  public static func random(seed: UInt64, samples: Int = 400) -> Profile {
    var numbers = SeededNumbers(seed: seed)
    var build = ProfileBuilding()
    let threads = [
      build.thread("MainThread", tid: 4201), build.thread("worker 3", tid: 4202),
      build.thread("blas", tid: 4203, isPython: false),
      build.thread("blas", tid: 4204, isPython: false),
    ]
    let frames = [
      "main (app.py:5@1)", "main (app.py:7@1)", "parse (app.py:20@18)", "parse (lib.py:20@18)",
      "deflate [libz.so.1]", "+longest_match [libz.so.1]", "libz.so.1+0x4f10 [libz.so.1]",
      "~_PyEval_EvalFrameDefault.cold [python3.11]", "~_PyFunction_Vectorcall [python3.11]",
      "ksys_read [kernel]",
    ]
    for _ in 0..<samples {
      let depth = Int.random(in: 0...7, using: &numbers)
      let stack = (0..<depth).map { _ in frames.randomElement(using: &numbers)! }
      build.sample(
        threads.randomElement(using: &numbers)!, stack.joined(separator: "; "),
        GilAxis.allCases.randomElement(using: &numbers)!,
        cpu: CPUState.allCases.randomElement(using: &numbers)!,
        milliseconds: Int64.random(in: 0...40, using: &numbers))
    }
    return build.profile
  }
}
