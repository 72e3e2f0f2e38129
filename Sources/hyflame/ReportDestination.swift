import Exporters
import Glibc

/// In which form a report goes where.
struct ReportDestination {
  let format: ReportFormat
  /// Nil: standard output.
  let path: String?
  /// The user did not name the file, so they are told.
  private let isPathChosen: Bool

  init(recording: String, format: FormatFlag?, output: String?) throws {
    let format = try format ?? output.flatMap(Self.formatOfExtension) ?? .text
    self.format = format.format
    isPathChosen = output == nil && format == .svg
    if isPathChosen {
      path = Self.picture(of: recording)
    } else {
      path = output == "-" ? nil : output
    }
    if let path, Self.isSameFile(path, recording) {
      throw CommandFailure.usage("\(path) is the recording itself; -o names the report to write")
    }
  }

  func write(_ bytes: [UInt8], usesPager: Bool) throws {
    if let path {
      try RenderedFile.write(bytes, to: path)
      if isPathChosen { StandardStream.error.show("wrote \(path)") }
    } else if format == .text, usesPager, Pager.isNeeded(for: bytes), Pager.show(bytes) {
      return
    } else {
      try StandardStream.output.write(bytes)
    }
  }

  private static func formatOfExtension(_ path: String) throws -> FormatFlag? {
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
    switch path[path.index(after: dot)...].lowercased() {
    case "svg": return .svg
    case "json": return .json
    case "folded": return .folded
    case "txt": return .text
    default:
      throw CommandFailure.usage(
        """
        '\(path[dot...])' does not say in which form to report: use .svg, .folded, .json or .txt, \
        or --svg, --folded, --json or --text
        """)
    }
  }

  private static func picture(of recording: String) -> String {
    let name = recording.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else {
      return recording + ".svg"
    }
    return recording.dropLast(name[dot...].count) + ".svg"
  }

  private static func isSameFile(_ one: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }
}
