import ArgumentParser
import Exporters
import ProfileModel
import SampleTypes

enum FormatFlag: String, EnumerableFlag, ExpressibleByArgument {
  case text, svg, html, folded, json, speedscope, pprof, firefox, chrome
  case perfScript = "perf-script"
  case callgrind

  /// The same names.
  var format: ReportFormat { ReportFormat(rawValue: rawValue) ?? .text }

  static func name(for value: FormatFlag) -> NameSpecification {
    .customLong(value.rawValue)
  }

  static func help(for value: FormatFlag) -> ArgumentHelp? {
    switch value {
    case .text: "A summary for the terminal (default)."
    case .svg: "A flame graph that stands alone: zoom, search, tooltips."
    case .html: "A page that stands alone: time line, flame graph, functions, sources."
    case .folded: "Folded stacks, for any flame graph tool."
    case .json: "For programs: schema hyflame.report/1."
    case .speedscope: "For speedscope."
    case .pprof: "For pprof, compressed."
    case .firefox: "For the Firefox Profiler."
    case .chrome: "A Chrome trace, for Perfetto."
    case .perfScript: "The text of perf script."
    case .callgrind: "For KCachegrind and callgrind_annotate."
    }
  }
}

enum GilArgument: String, CaseIterable, ExpressibleByArgument {
  case held, released, waiting, none, unknown

  var state: GilState {
    switch self {
    case .held: .held
    case .released: .released
    case .waiting: .waiting
    case .none: .none
    case .unknown: .unknown
    }
  }
}

enum CPUArgument: String, CaseIterable, ExpressibleByArgument {
  case running, runnable, blocked

  var state: CPUState {
    switch self {
    case .running: .running
    case .runnable: .runnable
    case .blocked: .blocked
    }
  }
}

enum MergeArgument: String, CaseIterable, ExpressibleByArgument {
  case exact, partial
  case pythonOnly = "python-only"
  case nativeOnly = "native-only"

  var quality: MergeQuality {
    switch self {
    case .exact: .exact
    case .partial: .partial
    case .pythonOnly: .pythonOnly
    case .nativeOnly: .nativeOnly
    }
  }
}

enum SortArgument: String, CaseIterable, ExpressibleByArgument {
  case selfTime = "self"
  case totalTime = "total"
}

enum SplitArgument: String, CaseIterable, ExpressibleByArgument {
  case gil, process
}

enum ColorArgument: String, CaseIterable, ExpressibleByArgument {
  case auto, always, never
}
