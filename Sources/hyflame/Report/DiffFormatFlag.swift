import ArgumentParser
import Exporters

enum DiffFormatFlag: String, EnumerableFlag, ExpressibleByArgument {
  case text, svg, html, json

  /// The same names.
  var comparison: Comparison.Format { Comparison.Format(rawValue: rawValue) ?? .text }
  var report: ReportFormat { ReportFormat(rawValue: rawValue) ?? .text }

  /// Nil: standard output.
  func path(beside recording: String) -> String? {
    guard let path = report.path(beside: recording) else { return nil }
    return path.dropLast(rawValue.count) + "diff." + rawValue
  }

  static func help(for value: DiffFormatFlag) -> ArgumentHelp? {
    switch value {
    case .text: "A table for the terminal (default)."
    case .svg: "Flame graphs of both, red for more time and blue for less."
    case .html: "A page that stands alone: flame graphs of both, and a table to sort and search."
    case .json: "For programs: schema hyflame.diff/1."
    }
  }
}
