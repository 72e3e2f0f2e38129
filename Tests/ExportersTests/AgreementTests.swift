import Exporters
import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// Every form of one profile says the same, and what a sample-by-sample model says.
struct AgreementTests {
  static let variants: [@Sendable (inout ReportOptions) -> Void] = [
    { _ in },
    { $0.filter.showsHiddenTime = true },
    { $0.splitsByThread = true },
    { $0.showsPlumbing = true },
    { $0.showsLines = false },
    { $0.frames = .pythonOnly },
    {
      $0.frames = .nativeOnly
      $0.splitsByThread = true
    },
  ]

  static let cases = (0..<variants.count).flatMap { variant in
    (1...6).map { (variant, UInt64($0)) }
  }

  @Test(arguments: cases)
  func foldedStacksAreThoseOfTheSamples(variant: Int, seed: UInt64) throws {
    let profile = Profile.random(seed: seed)
    var options = ReportOptions()
    Self.variants[variant](&options)
    let model = PlainModel(profile, options: options)
    let text = try renderText(profile, .folded, Self.variants[variant])
    #expect(foldedStacks(text).mapValues(Int64.init) == model.folded)
    #expect(text.split(separator: "\n").count == model.folded.count, "one line a stack")
  }

  @Test(arguments: cases)
  func functionsAreThoseOfTheSamples(variant: Int, seed: UInt64) throws {
    let profile = Profile.random(seed: seed)
    var options = ReportOptions()
    Self.variants[variant](&options)
    let model = PlainModel(profile, options: options)
    let rows = try functions(try render(profile, .json, Self.variants[variant]))
    #expect(Set(rows.keys) == Set(model.total.keys))
    for (key, row) in rows {
      for state in GilState.allCases {
        #expect(row.own[state.name] == model.own[key]?[state] ?? 0, "self of \(key.name)")
        #expect(row.total[state.name] == model.total[key]?[state] ?? 0, "total of \(key.name)")
      }
    }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func towersByGilCarryTheSameTime(seed: UInt64) throws {
    let profile = Profile.random(seed: seed)
    let plain = foldedStacks(try renderText(profile, .folded))
    let towers = foldedStacks(try renderText(profile, .folded) { $0.splitsByGil = true })
    var rejoined: [String: Int] = [:]
    for (stack, time) in towers {
      let frames = stack.split(separator: ";", maxSplits: 1)
      #expect(frames.count == 2)
      rejoined[String(frames[1]), default: 0] += time
    }
    #expect(rejoined == plain)
  }

  @Test func foldedTimesAddUpToTheStatesOfTheJSON() throws {
    let profile = ProfileBuilding.example
    let stacks = foldedStacks(try renderText(profile, .folded) { $0.filter.showsHiddenTime = true })
    let json = try object(try render(profile, .json))
    let states = try #require(json["states"] as? [[String: Any]])
    let seconds = states.reduce(0) { $0 + ($1["seconds"] as! Double) }
    #expect(stacks.values.reduce(0, +) == Int((seconds * 1e6).rounded()))
    #expect(states.reduce(0) { $0 + ($1["samples"] as! Int) } == profile.samples.count)
  }

  private func object(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private typealias Row = (own: [String: Int64], total: [String: Int64])

  private func functions(_ bytes: [UInt8]) throws -> [PlainModel.Key: Row] {
    let list = try #require(try object(bytes)["functions"] as? [[String: Any]])
    var rows: [PlainModel.Key: Row] = [:]
    for entry in list {
      let kinds: [String: Function.Kind] = [
        "python": .python, "native": .native, "kernel": .kernel,
      ]
      let key = PlainModel.Key(
        name: entry["name"] as! String, kind: kinds[entry["kind"] as! String]!,
        file: entry["file"] as! String, module: entry["module"] as! String)
      #expect(rows[key] == nil, "one row a function")
      let times = { (name: String) in
        (entry[name] as! [String: Double]).mapValues { Int64(($0 * 1e9).rounded()) }
      }
      rows[key] = (times("self"), times("total"))
    }
    return rows
  }
}
