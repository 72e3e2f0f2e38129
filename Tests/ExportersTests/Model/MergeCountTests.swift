import Exporters
import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

@testable import Exporters

struct MergeCountTests {
  @Test func threadsWithoutPythonAreNoFailedMerges() {
    let merge = MergeCounts(ProfileBuilding.example)
    #expect(merge[.exact] == 202 && merge[.partial] == 2 && merge[.nativeOnly] == 4)
    #expect(merge.withoutPython == 4 && merge.samples == 208)
  }

  @Test func reasonsAreListedByFrequency() {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.profile.ledger.reasons = ["", "rare", "frequent", "unused"]
    build.sample(thread, "f", .held, merge: .partial, reason: 1)
    build.sample(thread, "f", .held, count: 3, merge: .nativeOnly, reason: 2)
    build.sample(thread, "f", .held, merge: .exact, reason: 3)
    build.sample(thread, "f", .held, merge: .pythonOnly)
    let merge = MergeCounts(build.profile)
    #expect(merge.byFrequency.map(\.reason) == [2, 1])
    #expect(merge.byFrequency.map(\.samples) == [3, 1])
    #expect(merge.samples == 6)
  }
}
