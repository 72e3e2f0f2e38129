import SampleTypes
import StackMerging
import Testing

@testable import Exporters
@testable import ProfileModel

/// A recording keeps reasons as sentences, and reports know some of them again.
struct ReasonTests {
  private let sentences = Set(MergeReason.allCases.map(\.rawValue))

  @Test func reportsKnowTheSentencesOfTheMerger() {
    #expect(Profile.reasonOfKnownGil == MergeReason.nativeTruncated.rawValue)
    for known in StackRemedy.known.keys { #expect(sentences.contains(known), "\(known)") }
  }

  /// Of all reasons for a native-only sample only one leaves the state of the thread known.
  @Test(arguments: MergeReason.allCases)
  func onlyATruncatedNativeStackLeavesTheStateKnown(reason: MergeReason) {
    var profile = Profile()
    profile.ledger.reasons = ["", reason.rawValue]
    profile.samples = [
      Sample(
        time: 0, weight: 1, thread: 0, stack: -1, cpu: .blocked, gil: .none,
        source: .contextSwitch, merge: .nativeOnly, reason: 1)
    ]
    profile.findUnknownGil()
    #expect(profile.samples[0].gil == (reason == .nativeTruncated ? .none : .unknown))
  }

  /// Where Python frames were found, one reason alone says that the state was not.
  @Test(arguments: MergeReason.allCases)
  func aPartialStackTellsTheState(reason: MergeReason) {
    var profile = Profile()
    profile.ledger.reasons = ["", reason.rawValue]
    profile.samples = [
      Sample(
        time: 0, weight: 1, thread: 0, stack: 0, cpu: .running, gil: .none,
        source: .kernelTick, merge: .partial, reason: 1)
    ]
    profile.findUnknownGil()
    #expect(profile.samples[0].gil == (reason == .stateNotFound ? .unknown : .none))
  }
}
