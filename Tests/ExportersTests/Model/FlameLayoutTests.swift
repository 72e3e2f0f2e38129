import ProfileModel
import SampleTypes
import Testing

@testable import Exporters

/// Geometry in plain integers.
struct FlameLayoutTests {
  /// all 100 → a 60 (self 10) → c 50; all → b 30; self 10.
  private static let tree = CallTree(
    nodes: [
      node(-1, 0, own: 10), node(0, 2, own: 30), node(0, 1, own: 10), node(2, 3, own: 50),
    ],
    frames: [
      TreeFrame(name: "all", kind: .group), TreeFrame(name: "a", kind: .python),
      TreeFrame(name: "b", kind: .python), TreeFrame(name: "c", kind: .native),
    ])

  private static func node(_ parent: Int32, _ frame: Int32, own: Int64) -> CallTree.Node {
    var time = GilTime()
    time[.held] = own
    return CallTree.Node(parent: parent, frame: frame, own: time)
  }

  private func layout(
    _ change: (inout FlameLayout.Limits) -> Void, cost: (Int) -> Int = { _ in 1 }
  ) -> FlameLayout {
    var limits = FlameLayout.Limits()
    change(&limits)
    return FlameLayout(Self.tree, limits: limits, cost: cost)
  }

  @Test func siblingsStandInTheOrderOfTheirNames() {
    let layout = layout { _ in }
    #expect(
      layout.boxes == [
        .init(node: 0, level: 0, x: 0, width: 100), .init(node: 2, level: 1, x: 0, width: 60),
        .init(node: 3, level: 2, x: 0, width: 50), .init(node: 1, level: 1, x: 60, width: 30),
      ])
    #expect(layout.levels == 3 && layout.total == 100 && layout.leftOut == 0)
  }

  @Test func narrowBoxesLeaveTheirPlaceEmpty() {
    let layout = layout { $0.minimumWidth = 40 }
    #expect(layout.boxes.map(\.node) == [0, 2, 3])
    #expect(layout.leftOut == 1)
  }

  @Test func levelsAreLimited() {
    let layout = layout { $0.levels = 2 }
    #expect(layout.boxes.map(\.node) == [0, 2, 1])
    #expect(layout.levels == 2 && layout.leftOut == 1)
  }

  @Test func theWidestBoxesFitTheCost() {
    #expect(layout({ $0.cost = 3 }).boxes.map(\.width) == [100, 60, 50])
    #expect(layout({ $0.cost = 3 }).minimumWidth == 31)
    #expect(layout({ $0.cost = 2 }).boxes.map(\.width) == [100, 60])
    #expect(layout({ $0.cost = 4 }).leftOut == 0)
    #expect(layout({ $0.cost = 100 }, cost: { $0 == 1 ? 90 : 1 }).leftOut == 0)
  }

  @Test func anEmptyTreeHasNoBox() {
    let empty = CallTree(
      nodes: [Self.node(-1, 0, own: 0)], frames: [TreeFrame(name: "all", kind: .group)])
    let layout = FlameLayout(empty, limits: .init(), cost: { _ in 1 })
    #expect(layout.boxes.isEmpty && layout.levels == 0)
  }
}
