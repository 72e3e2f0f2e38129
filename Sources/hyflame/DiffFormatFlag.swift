import ArgumentParser
import Exporters

enum DiffFormatFlag: String, EnumerableFlag, ExpressibleByArgument {
  case text, svg, json

  /// The same names.
  var comparison: Comparison.Format { Comparison.Format(rawValue: rawValue) ?? .text }
  var report: ReportFormat { ReportFormat(rawValue: rawValue) ?? .text }

  /// Nil: standard output.
  func path(beside recording: String) -> String? {
    guard self == .svg, let path = ReportFormat.svg.path(beside: recording) else { return nil }
    return path.dropLast(4) + ".diff.svg"
  }

  static func help(for value: DiffFormatFlag) -> ArgumentHelp? {
    switch value {
    case .text: "A table for the terminal (default)."
    case .svg: "Flame graphs of both, red for more time and blue for less."
    case .json: "For programs: schema hyflame.diff/1."
    }
  }
}
