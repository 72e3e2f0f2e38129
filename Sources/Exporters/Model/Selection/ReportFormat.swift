/// The forms in which a recording can be reported.
public enum ReportFormat: String, Sendable, CaseIterable {
  case text, svg, html, folded, json, speedscope, pprof, firefox, chrome
  case perfScript = "perf-script"
  case callgrind

  /// The form that the name of an output file asks for; nil if it asks for none. A `.gz` at its end
  /// asks for compression, and what comes before it for the form.
  public init?(path: String) {
    var name = (path.split(separator: "/").last ?? "").lowercased()
    if name.hasPrefix("callgrind.out.") {
      self = .callgrind
      return
    }
    if name.hasSuffix(".gz") { name.removeLast(3) }
    let format = Self.extensions.first { name.hasSuffix($0.0) && name.count > $0.0.count }
    guard let format else { return nil }
    self = format.1
  }

  /// Longer endings before those that they end in.
  public static let extensions: [(String, ReportFormat)] = [
    (".speedscope.json", .speedscope), (".firefox.json", .firefox), (".trace.json", .chrome),
    (".linux-perf.txt", .perfScript), (".txt", .text), (".svg", .svg), (".html", .html),
    (".htm", .html), (".folded", .folded), (".collapsed", .folded), (".json", .json),
    (".pb", .pprof), (".pprof", .pprof),
    (".perf", .perfScript), (".callgrind", .callgrind),
  ]

  /// What a file of this form is called beside `recording`, the path of a recording. Nil for forms
  /// that are for reading on a terminal or in a pipe.
  public func path(beside recording: String) -> String? {
    let start = recording.lastIndex(of: "/").map { recording[...$0] } ?? ""
    let file = recording.dropFirst(start.count)
    let stem = file.lastIndex(of: ".").map { $0 > file.startIndex ? file[..<$0] : file } ?? file
    switch self {
    case .text, .folded, .json, .perfScript: return nil
    case .svg: return "\(start)\(stem).svg"
    case .html: return "\(start)\(stem).html"
    case .speedscope: return "\(start)\(stem).speedscope.json"
    case .pprof: return "\(start)\(stem).pb.gz"
    case .firefox: return "\(start)\(stem).firefox.json"
    case .chrome: return "\(start)\(stem).trace.json"
    case .callgrind: return "\(start)callgrind.out.\(stem)"
    }
  }

  /// True for bytes that no terminal should see.
  public var isBinary: Bool { self == .pprof }
}
