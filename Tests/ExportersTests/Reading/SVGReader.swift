import Foundation
import FoundationXML

/// Reads a flame graph back with an XML parser that knows nothing of how it was written.
final class SVGReader: NSObject, XMLParserDelegate {
  struct NotXML: Error { var reason: String }

  struct Box {
    var title = ""
    var label = ""
    /// Millionths of the width.
    var x = 0
    var width = 0
    var y = 0
    var fill = ""

    var end: Int { x + width }
    var name: String { String(title.prefix { $0 != "\n" }) }
    /// The seconds of the tooltip, in milliseconds.
    var milliseconds: Int {
      let line = title.split(separator: "\n", omittingEmptySubsequences: false)[1]
      return Int((Double(line.prefix { $0 != " " })! * 1000).rounded())
    }
  }

  private(set) var boxes: [Box] = []
  private(set) var elements: [String: Int] = [:]
  private(set) var attributeNames: Set<String> = []
  /// Text of the elements with an id.
  private(set) var texts: [String: String] = [:]
  private(set) var height = 0
  private var path: [(name: String, id: String)] = []

  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    guard parser.parse() else { throw NotXML(reason: "\(parser.parserError as Any)") }
  }

  private var isInFrames: Bool { path.contains { $0.id == "frames" } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements[name, default: 0] += 1
    attributeNames.formUnion(attributes.keys)
    if path.isEmpty { height = Int(attributes["height"]!)! }
    if isInFrames && name == "g" { boxes.append(Box()) }
    if isInFrames && name == "rect" { readRectangle(attributes) }
    path.append((name, attributes["id"] ?? ""))
  }

  private func readRectangle(_ attributes: [String: String]) {
    let units = { (text: String) in Int((Double(text.dropLast())! * 10_000).rounded()) }
    boxes[boxes.count - 1].x = units(attributes["x"]!)
    boxes[boxes.count - 1].width = units(attributes["width"]!)
    boxes[boxes.count - 1].y = Int(attributes["y"]!)!
    boxes[boxes.count - 1].fill = attributes["fill"]!
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    guard let element = path.last else { return }
    // A group, such as the legend, has the text of all that is in it.
    for id in path.map(\.id) where !id.isEmpty { texts[id, default: ""] += string }
    guard isInFrames, !boxes.isEmpty else { return }
    if element.name == "title" { boxes[boxes.count - 1].title += string }
    if element.name == "text" { boxes[boxes.count - 1].label += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    path.removeLast()
  }
}
