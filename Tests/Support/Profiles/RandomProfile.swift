public import ProfileModel
import SampleTypes

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
        GilState.allCases.randomElement(using: &numbers)!,
        cpu: CPUState.allCases.randomElement(using: &numbers)!,
        milliseconds: Int64.random(in: 0...40, using: &numbers))
    }
    return build.profile
  }
}
