import ArgumentParser
import Exporters

/// How a report shows its samples.
struct ReportViewOptions: ParsableArguments {
  @Flag(help: "A root frame for each thread.")
  var threads = false

  @Option(
    help: ArgumentHelp(
      "One tower for each GIL state, or for each process also of one command line.",
      valueName: "what"))
  var by: SplitArgument?

  @Flag(name: .customLong("python-only"), help: "Leave native and kernel frames out.")
  var pythonOnly = false

  @Flag(name: .customLong("native-only"), help: "Leave Python frames out.")
  var nativeOnly = false

  @Flag(inversion: .prefixedNo, help: "Tell Python frames apart by line, or by function only.")
  var lines = true

  @Flag(inversion: .prefixedNo, help: "Mark inlined frames with _[i] and kernel frames with _[k].")
  var annotate = true

  @Flag(help: "Show the interpreter's own call frames.")
  var plumbing = false

  @Flag(inversion: .prefixedNo, help: "Show inlined calls as frames of their own.")
  var inline = true

  @Flag(help: "Flame graph with the root at the top.")
  var inverted = false

  @Flag(
    name: .customLong("flame-chart"),
    help: "Flame graph in the order of time, a tower for each thread.")
  var flameChart = false

  @Option(
    name: .shortAndLong, parsing: .unconditional,
    help: ArgumentHelp("Rows of function tables; 0: all.", valueName: "n"))
  var limit: Int?

  @Option(help: ArgumentHelp("What function tables are sorted by.", valueName: "time"))
  var sort = SortArgument.selfTime

  func apply(to options: inout ReportOptions) throws {
    if pythonOnly && nativeOnly {
      throw CommandFailure.usage("--python-only and --native-only leave nothing to show")
    }
    if flameChart && by == .gil {
      throw CommandFailure.usage(
        "--flame-chart has a tower for each thread, and --by one for each GIL state: one of them")
    }
    if let limit, limit < 0 {
      throw CommandFailure.usage("-l takes a number of rows, not \(limit)")
    }
    options.splitsByThread = threads
    options.splitsByGil = by == .gil
    options.splitsByProcess = by == .process
    options.frames = pythonOnly ? .pythonOnly : nativeOnly ? .nativeOnly : .all
    options.showsLines = lines
    options.showsPlumbing = plumbing
    options.showsInlined = inline
    options.annotates = annotate
    options.inverted = inverted
    options.isFlameChart = flameChart
    options.limit = limit
    options.sort = sort == .totalTime ? .totalTime : .selfTime
  }
}
