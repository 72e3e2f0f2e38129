import ProfileModel
import SampleTypes

/// What the colours mean: boxes as the picture draws them, with the meaning written on them.
extension FlameGraphSVG {
  func writeLegend(_ text: inout TextBuffer) {
    var x = Metrics.margin
    text.append("<g id=\"legend\">")
    guard comparison == nil else { return writeChanges(&text) }
    let kinds = kindsDrawn
    for (label, frame) in kinds {
      let width = boxWidth(label)
      writeSwatch(frame, .held, x: x, width: width / 2, to: &text)
      writeSwatch(frame, .released, x: x + width / 2, width: width - width / 2, to: &text)
      writeMeaning(label, x: x, to: &text)
      x += width + 4
    }
    if let frame = (kinds.first { $0.label == "native" } ?? kinds.first)?.frame {
      x += 16
      for (label, state) in statesDrawn {
        let width = boxWidth(label)
        writeSwatch(frame, state, x: x, width: width, to: &text)
        writeMeaning(label, x: x, to: &text)
        x += width + 4
      }
    }
    text.append("</g>\n")
  }

  /// What red and blue mean.
  private func writeChanges(_ text: inout TextBuffer) {
    let second = 1e9
    let changed = { Change(before: $0, after: $1, isSignificant: true) }
    let meanings = [
      ("more than before", changed(second, 2 * second)), ("new", changed(0, second)),
      ("less", changed(2 * second, second)), ("gone", changed(second, 0)),
      ("within sampling noise", Change(before: second, after: second)),
    ]
    var x = Metrics.margin
    for (label, change) in meanings {
      let width = boxWidth(label)
      text.append("<rect x=\"\(x)\" y=\"88\" width=\"\(width)\" height=\"14\" fill=\"")
      text.append(FlameColor(change))
      text.append("\"/>")
      writeMeaning(label, x: x, to: &text)
      x += width + 4
    }
    text.append("</g>\n")
  }

  private func boxWidth(_ label: String) -> Int { label.count * 13 / 2 + 10 }

  private func writeSwatch(
    _ frame: TreeFrame, _ state: GilState, x: Int, width: Int, to text: inout TextBuffer
  ) {
    var time = GilTime()
    time[state] = 1
    text.append("<rect x=\"\(x)\" y=\"88\" width=\"\(width)\" height=\"14\" fill=\"")
    text.append(FlameColor(frame, time))
    text.append("\"/>")
  }

  private func writeMeaning(_ label: String, x: Int, to text: inout TextBuffer) {
    text.append("<text class=\"on\" x=\"\(x + 4)\" y=\"99\">\(label)</text>")
  }

  /// Held and released always, so that each explains the other.
  private var statesDrawn: [(label: String, state: GilState)] {
    let waits = tree.nodes[0].total[.waiting] > 0
    let target = report.profile.target
    return [GilState.held, .released].map { state in
      ("\(state == .held ? "dark" : "pale"): \(state.towerName(target))", state)
    }
      + (waits ? [("grey: waiting for the GIL", .waiting)] : [])
  }

  private var kindsDrawn: [(label: String, frame: TreeFrame)] {
    let present = layout.boxes.reduce(into: Set<String>()) { kinds, box in
      kinds.insert(Self.label(tree.frame(of: Int(box.node))))
    }
    // The hue shifts with the name; without a name all swatches of a kind are alike.
    let samples = [
      TreeFrame(name: "", kind: .python), TreeFrame(name: "", kind: .native),
      TreeFrame(name: "", kind: .native, isInlined: true), TreeFrame(name: "", kind: .kernel),
    ]
    return samples.map { (Self.label($0), $0) }.filter { present.contains($0.0) }
  }

  private static func label(_ frame: TreeFrame) -> String {
    switch frame.kind {
    case .python: "Python"
    case .native: frame.isInlined ? "inlined" : "native"
    case .kernel: "kernel"
    case .group: ""
    }
  }
}
