import Exporters
import ProfileModel
import SampleTypes
import Support
import Testing

/// Whole outputs, reviewed by eye when they change.
struct GoldenTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    var format: ReportFormat
    var change: @Sendable (inout ReportOptions) -> Void = { _ in }
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "example.txt", format: .text),
    Case(name: "example-80.txt", format: .text) { $0.width = 80 },
    Case(name: "example-200-color.txt", format: .text) {
      $0.width = 200
      $0.usesColor = true
    },
    Case(name: "example-ascii-total.txt", format: .text) {
      $0.usesUnicode = false
      $0.sort = .totalTime
      $0.limit = 5
    },
    Case(name: "example-filtered.txt", format: .text) {
      $0.filter.gil = [.released, .none]
      $0.filter.showsHiddenTime = true
      $0.filter.to = 2_000_000_000
    },
    Case(name: "example.folded", format: .folded),
    Case(name: "example-plumbing-threads.folded", format: .folded) {
      $0.showsPlumbing = true
      $0.splitsByThread = true
    },
    Case(name: "example-python-only.folded", format: .folded) {
      $0.frames = .pythonOnly
      $0.showsLines = false
    },
    Case(name: "example.json", format: .json),
    Case(name: "example.svg", format: .svg),
    Case(name: "example-by-gil-inverted.svg", format: .svg) {
      $0.splitsByGil = true
      $0.inverted = true
    },
  ]

  @Test(arguments: cases)
  func output(_ example: Case) throws {
    let bytes = try render(ProfileBuilding.example, example.format, example.change)
    let difference = Golden(example.name).difference(from: bytes)
    #expect(difference == nil)
  }
}
