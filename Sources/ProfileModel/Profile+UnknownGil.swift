import SampleTypes

extension Profile {
  /// Native-only samples with this reason are of threads whose Python side was looked at: all that is
  /// wrong with them is the native stack.
  static let reasonOfKnownGil = "the native stack could not be unwound to its end"

  /// Of samples with this reason the Python frames were found later, the GIL's state at their instant was not.
  static let reasonOfUnknownGil =
    "its Python thread state was not found in the time that a sample may take; the GIL is unknown"

  /// Tells threads without a Python state from threads of which nothing could be read.
  ///
  /// A recording has two bits for the GIL state, so that both are `none` in it. What tells them apart
  /// is why the sample is native only: where the Python side could not be had, there may be one.
  public mutating func findUnknownGil() {
    for index in samples.indices where samples[index].lacksPythonSide(ledger.reasons) {
      samples[index].gil = .unknown
    }
  }
}

extension Sample {
  fileprivate func lacksPythonSide(_ reasons: [String]) -> Bool {
    guard gil == .none, reason > 0 else { return false }
    let sentence = Int(reason) < reasons.count ? reasons[Int(reason)] : ""
    switch merge {
    case .nativeOnly: return sentence != Profile.reasonOfKnownGil
    case .partial: return sentence == Profile.reasonOfUnknownGil
    case .exact, .pythonOnly: return false
    }
  }
}
