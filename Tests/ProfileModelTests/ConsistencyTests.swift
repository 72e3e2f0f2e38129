import ProfileModel
import Support
import Testing

struct ConsistencyTests {
  struct Case: CustomTestStringConvertible {
    var expected: ProfileInconsistency
    var damage: @Sendable (inout Profile) -> Void
    var testDescription: String { "\(expected)" }
  }

  static let cases = [
    Case(expected: .module(function: 2)) { $0.functions[2].module = 99 },
    Case(expected: .module(function: 0)) { $0.functions[0].module = -2 },
    Case(expected: .function(frame: 1)) { $0.frames[1].function = -1 },
    Case(expected: .function(frame: 3)) { $0.frames[3].function = 10_000 },
    Case(expected: .stack(4)) { $0.stacks[4].parent = 4 },
    Case(expected: .stack(0)) { $0.stacks[0].parent = -2 },
    Case(expected: .stack(5)) { $0.stacks[5].frame = -1 },
    Case(expected: .sample(0)) { $0.samples[0].thread = 3 },
    Case(expected: .sample(7)) { $0.samples[7].thread = -1 },
    Case(expected: .sample(8)) { $0.samples[8].stack = -2 },
    Case(expected: .sample(9)) { $0.samples[9].weight = -1 },
    Case(expected: .sample(10)) { $0.samples[10].reason = 2 },
    Case(expected: .totalWeight) {
      $0.samples[1].weight = Int64.max
    },
  ]

  @Test(arguments: cases)
  func damageIsFound(_ example: Case) {
    var profile = ProfileBuilding.example
    example.damage(&profile)
    #expect(throws: example.expected) { try profile.checkConsistency() }
  }

  @Test func wholeProfilesPass() throws {
    try Profile().checkConsistency()
    try ProfileBuilding.example.checkConsistency()
    for seed in 1...20 as ClosedRange<UInt64> {
      try Profile.random(seed: seed).checkConsistency()
    }
  }
}
