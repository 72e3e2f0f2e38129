import Exporters
import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// The flame graph, read back by an XML parser.
struct FlameGraphTests {
  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func boxesAreAsWideAsTheirTime(seed: UInt64) throws {
    let profile = Profile.random(seed: seed)
    let svg = try SVGReader(try render(profile, .svg))
    let total = foldedStacks(try renderText(profile, .folded)).values.reduce(0, +)
    let root = try #require(svg.boxes.first)
    #expect(root.name == "all" && root.x == 0 && root.width == 1_000_000)
    for box in svg.boxes {
      // Tooltips tell milliseconds, edges are rounded to millionths.
      let share = Double(box.milliseconds) * 1000 / Double(total) * 1e6
      #expect(abs(Double(box.width) - share) < 1e6 * 501 / Double(total) + 1, "\(box.title)")
    }
  }

  @Test(arguments: [false, true])
  func boxesStandInTheirParentsAndNeverOverlap(inverted: Bool) throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      let profile = Profile.random(seed: seed)
      let svg = try SVGReader(try render(profile, .svg) { $0.inverted = inverted })
      let rows = Dictionary(grouping: svg.boxes, by: \.y)
      let rootY = svg.boxes[0].y
      for (y, boxes) in rows {
        let sorted = boxes.sorted { $0.x < $1.x }
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(left.end <= right.x) }
        guard y != rootY else { continue }
        #expect((y > rootY) == inverted)
        let parents = rows[inverted ? y - 17 : y + 17] ?? []
        for box in boxes {
          #expect(parents.contains { $0.x <= box.x && box.end <= $0.end })
        }
      }
    }
  }

  /// The boxes of the rows, walked from every box down to the root, are the folded stacks.
  @Test func boxesAreTheFoldedStacks() throws {
    let profile = ProfileBuilding.example
    let svg = try SVGReader(try render(profile, .svg))
    let stacks = foldedStacks(try renderText(profile, .folded))
    var inclusive: [String: Int] = [:]
    for (stack, time) in stacks {
      let frames = stack.split(separator: ";")
      for end in 1...frames.count {
        inclusive[frames[..<end].joined(separator: ";"), default: 0] += time
      }
    }
    var drawn: [String: Int] = [:]
    for box in svg.boxes.dropFirst() {
      let path = svg.boxes.filter { $0.y >= box.y && $0.x <= box.x && $0.end >= box.end }
        .sorted { $0.y > $1.y }.dropFirst().map(\.name)
      drawn[path.joined(separator: ";"), default: 0] += box.milliseconds * 1000
    }
    #expect(drawn == inclusive)
  }

  @Test func whatIsTooNarrowIsSaid() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "f (a.py:1); wide [z]", .held, milliseconds: 1_000_000)
    build.sample(thread, "f (a.py:1); narrow [z]", .held, milliseconds: 1)
    let svg = try SVGReader(try render(build.profile, .svg))
    #expect(svg.boxes.map(\.name) == ["all", "f (a.py:1)", "wide (z)"])
    #expect(svg.texts["facts"]?.contains("1 frame under 0.008 % not drawn") == true)
    #expect(svg.texts["subtitle"]?.contains("GIL held 100.0 %") == true)
  }

  @Test func hiddenIdleTimeIsSaid() throws {
    let profile = ProfileBuilding.example
    let hidden = try SVGReader(try render(profile, .svg))
    #expect(
      hidden.texts["coverage"]
        == "drawn: 2.225 of 3.125 thread-seconds · not drawn: idle 28.8 %")
    #expect(hidden.texts["subtitle"]?.contains("idle") == false)
    let shown = try SVGReader(try render(profile, .svg) { $0.filter.showsHiddenTime = true })
    #expect(shown.texts["subtitle"]?.hasSuffix(" · idle 28.8 %") == true)
    #expect(shown.texts["coverage"] == "drawn: all 3.125 thread-seconds")
    #expect(shown.boxes[0].milliseconds == 3125)
  }

  @Test func equalNamesHaveEqualColorsAndHeldIsDarker() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "a (a.py:1); work (a.py:2)", .held)
    build.sample(thread, "b (a.py:3); work (a.py:2)", .held)
    build.sample(thread, "c (a.py:4); work (a.py:2)", .released)
    let svg = try SVGReader(try render(build.profile, .svg))
    let fills = svg.boxes.filter { $0.name == "work (a.py:2)" }.sorted { $0.x < $1.x }.map(\.fill)
    #expect(fills.count == 3 && fills[0] == fills[1])
    #expect(Luminance(fills[2]).value > Luminance(fills[0]).value)
  }

  @Test func waitingIsGreyAndExplained() throws {
    var build = ProfileBuilding()
    let thread = build.thread("MainThread", tid: 1)
    build.sample(thread, "a (a.py:1); work [z]", .released)
    let plain = try SVGReader(try render(build.profile, .svg))
    build.sample(thread, "b (a.py:3); work [z]", .waiting, cpu: .blocked)
    let svg = try SVGReader(try render(build.profile, .svg))
    let fills = svg.boxes.filter { $0.name == "work (z)" }.sorted { $0.x < $1.x }.map(\.fill)
    #expect(fills.count == 2 && Saturation(fills[1]).value < Saturation(fills[0]).value / 3)
    let meanings = { (svg: SVGReader) in svg.texts["legend"]?.contains("waiting for the GIL") }
    #expect(meanings(svg) == true && meanings(plain) == false)
  }

  @Test func labelsOfCythonFunctionsLoseTheirScopesFirst() throws {
    let symbol = "__pyx_f_7sklearn_4tree_5_tree_4Tree_predict(_object*)"
    let label = { (columns: Int64) throws -> String in
      // 6 of 1,180 pixels are padding, a character takes 7.2.
      let width = (columns * 72 + 60) * 100 / 1180 + 1
      var build = ProfileBuilding()
      let thread = build.thread("MainThread", tid: 1)
      build.sample(thread, "\(symbol) [_tree.so]", .released, milliseconds: width)
      build.sample(thread, "other [z]", .released, milliseconds: 1000 - width)
      let svg = try SVGReader(try render(build.profile, .svg))
      let box = try #require(svg.boxes.first { $0.name.contains("predict") })
      #expect(box.name == "sklearn.tree._tree.Tree.predict (_tree.so)")
      #expect(box.title.hasSuffix("\n/usr/lib/_tree.so\n\(symbol)"))
      return box.label
    }
    #expect(try label(42) == "sklearn.tree._tree.Tree.predict (_tree.so)")
    #expect(try label(33) == "sklearn.tree._tree.Tree.predict..")
    #expect(try label(32) == "tree._tree.Tree.predict (_tree..")
    #expect(try label(14) == "Tree.predict..")
    #expect(try label(13) == "predict (_t..")
    #expect(try label(5) == "pre..")
  }

  /// WCAG 2.1, 1.4.3, against the text colour of the style sheet.
  @Test func textIsReadableOnEveryColor() throws {
    for seed in 1...10 as ClosedRange<UInt64> {
      let svg = try SVGReader(
        try render(Profile.random(seed: seed), .svg) { $0.splitsByGil = true })
      for box in svg.boxes {
        #expect(Luminance(box.fill).contrast(with: Luminance("#111111")) >= 4.5, "\(box.title)")
      }
    }
  }

  @Test func anEmptySelectionIsStillAPicture() throws {
    let bytes = try render(ProfileBuilding.example, .svg) {
      $0.filter.include = [try! FramePattern("no such frame")]
    }
    let svg = try SVGReader(bytes)
    #expect(svg.boxes.isEmpty && svg.elements["script"] == 1)
  }

  /// Spread of the channels of `#rrggbb`, 0 for a grey.
  private struct Saturation {
    var value: Int

    init(_ color: String) {
      let bits = Int(color.dropFirst(), radix: 16)!
      let channels = [16, 8, 0].map { (bits >> $0) & 255 }
      value = channels.max()! - channels.min()!
    }
  }

  /// Relative luminance of `#rrggbb`.
  private struct Luminance {
    var value: Double

    init(_ color: String) {
      let bits = Int(color.dropFirst(), radix: 16)!
      let channels = [16, 8, 0].map { shift -> Double in
        let channel = Double((bits >> shift) & 255) / 255
        return channel <= 0.03928 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4)
      }
      value = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }

    func contrast(with other: Luminance) -> Double {
      (max(value, other.value) + 0.05) / (min(value, other.value) + 0.05)
    }
  }
}
