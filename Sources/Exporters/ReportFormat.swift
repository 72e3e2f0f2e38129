/// The forms in which a recording can be reported.
public enum ReportFormat: String, Sendable, CaseIterable {
  case text, folded, json, svg

  /// The form that the extension of an output path asks for; nil if it asks for none.
  public init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard let point = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: point)...].lowercased() {
    case "txt": self = .text
    case "folded", "collapsed": self = .folded
    case "json": self = .json
    case "svg": self = .svg
    default: return nil
    }
  }
}
