import FoundationEssentials
import ProfileModel
import Recorder

extension DoctorReport {
  /// A line for each finding, and what to type below it.
  func text() -> String {
    let width = findings.map(\.name.count).max() ?? 0
    var text = ""
    for finding in findings {
      let state = Self.padded(finding.state.rawValue, 8)
      text += "\(state)  \(Self.padded(finding.name, width))  \(Self.oneLine(finding.text))\n"
      if let command = finding.command {
        text += "\(Self.padded("", 10 + width))  try: \(Self.oneLine(command))\n"
      }
      if let obstacle = finding.obstacle {
        text += "\(Self.padded("", 10 + width))  nothing can be typed: \(Self.oneLine(obstacle))\n"
      }
    }
    return text.withVisibleControlCharacters
  }

  /// Names in it are the target's choice, and could look like a finding of their own.
  private static func oneLine(_ text: String) -> String { text.replacing("\n", with: "\\n") }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let document = Document(
      capture: mode?.rawValue ?? "", pid: target?.pid, status: status, findings: findings)
    let text = String(decoding: try encoder.encode(document), as: UTF8.self)
    return text.withEscapedJSONCharacters + "\n"
  }

  private struct Document: Encodable {
    var schema = "hyflame.doctor/1"
    var capture: String
    var pid: Int32?
    /// The exit status.
    var status: Int32
    var findings: [Finding]
  }

  private static func padded(_ text: String, _ count: Int) -> String {
    text + String(repeating: " ", count: max(0, count - text.count))
  }
}
