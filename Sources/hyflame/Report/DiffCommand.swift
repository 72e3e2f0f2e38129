import ArgumentParser
import Exporters
import ProfileModel

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two recordings: what takes more time, and what takes less.",
    discussion: """
      EXAMPLES:
        hyflame diff before.data after.data                    functions by change
        hyflame diff before.data after.data --svg              red and blue, in after.diff.svg
        hyflame diff before.data after.data --html --open      the same as a page, with a table
        hyflame diff a.data b.data --fail-if 'Model.fit>+5%'   for continuous integration

      Whole runs of a launched command are compared second by second. Of other recordings the second \
      one's times are scaled as if it had lasted as long as the first; --absolute and --scaled decide \
      otherwise. Changes within sampling noise are \
      marked, and never make --fail-if fail. Two runs of one program can differ by more than that.
      """)

  @Argument(help: ArgumentHelp("The recording to compare with.", valueName: "before"))
  var before: String

  @Argument(help: ArgumentHelp("The recording that is compared.", valueName: "after"))
  var after: String

  @Flag(exclusivity: .exclusive) var formatFlag: DiffFormatFlag?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The same by name; else the extension of -o decides.", valueName: "name"))
  var format: DiffFormatFlag?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write to this file; '-' is standard output (default: standard output; --svg, --html: a file).",
      valueName: "file"))
  var output: String?

  @Flag(help: "Compare seconds as recorded (default for whole runs of a launched command).")
  var absolute = false

  @Flag(help: "Compare as if both had lasted as long (default for all others).")
  var scaled = false

  @Flag(help: "Compare recordings of different rates.")
  var normalize = false

  @Option(
    name: .customLong("fail-if"),
    help: ArgumentHelp(
      """
      Exit with status 1 if the total time of a function that RE matches grew by more, and by more than \
      noise; repeatable. Where times are scaled to equal durations, it is a share of the run that must \
      grow: --absolute compares seconds.
      """,
      valueName: "re>+n%"))
  var failIf: [String] = []

  @OptionGroup(title: "Filters") var filters: ReportFilterOptions
  @OptionGroup(title: "View") var view: ReportViewOptions
  @OptionGroup(title: "Output") var look: TextLookOptions

  @Flag(help: "Open the written file with the desktop's program for it.")
  var open = false

  @Flag(help: "Let -o replace a recording, or a file that is no report.")
  var force = false

  func run() throws {
    if absolute && scaled {
      throw CommandFailure.usage("--absolute and --scaled contradict each other")
    }
    let limits = try failIf.map { try limit($0) }
    let form = try chosenFormat()
    let destination = try ReportDestination(
      recordings: [before, after], format: form.report, output: output ?? form.path(beside: after),
      isPathChosen: output == nil, replacesAnything: force)
    if open, destination.path == nil {
      throw CommandFailure.usage("--open needs a file to open; -o names one")
    }
    let comparison = try compare(destination)
    try write(comparison, form, to: destination)
    if open, let path = destination.path { try DesktopOpener.open(path) }
    warn(ofUnusedIn: limits, comparison)
    try fail(limits.flatMap { comparison.violations(of: $0) })
  }

  /// A reader that has had enough of the text still wants the verdict.
  private func write(
    _ comparison: Comparison, _ form: DiffFormatFlag, to destination: ReportDestination
  ) throws {
    do {
      try destination.write(usesPager: !look.withoutPager) { sink in
        comparison.write(form.comparison, to: &sink)
        return nil
      }
    } catch is BrokenPipe where !failIf.isEmpty {
    }
  }

  /// A function that was renamed would pass for ever.
  private func warn(ofUnusedIn limits: [ChangeLimit], _ comparison: Comparison) {
    for (text, limit) in zip(failIf, limits) where !comparison.hasMatches(for: limit) {
      StandardStream.error.show(
        "warning: --fail-if '\(text)' checks nothing: no function of either recording matches")
    }
  }

  private func compare(_ destination: ReportDestination) throws -> Comparison {
    var options = ReportOptions()
    options.filter = try filters.filter()
    try view.apply(to: &options)
    if view.flameChart || view.by != nil {
      throw CommandFailure.usage(
        "two recordings have a tower each: \(view.by == nil ? "--flame-chart" : "--by") is for one")
    }
    // The same code is at other lines in another version.
    options.showsLines = false
    look.preferences(isFile: destination.path != nil).apply(to: &options)
    let profiles = try [before, after].map { try RecordingLoading.profile(at: $0) }
    for (path, profile) in zip([before, after], profiles) {
      RecordingLoading.warn(of: profile.ledger, at: path)
    }
    let obstacles = Comparison.obstacles(
      before: profiles[0], after: profiles[1], allowsDifferentRates: normalize)
    guard obstacles.isEmpty else {
      throw CommandFailure(
        "\(before) and \(after) cannot be compared: \(obstacles.joined(separator: "; "))")
    }
    let reports = try zip([before, after], profiles).map {
      try RecordingLoading.report(on: $1, at: $0, options)
    }
    return Comparison(before: reports[0], after: reports[1], basis: basis)
  }

  private var basis: Comparison.Basis { absolute ? .absolute : scaled ? .scaled : .automatic }

  private func limit(_ text: String) throws -> ChangeLimit {
    do {
      return try ChangeLimit(text)
    } catch {
      throw CommandFailure.usage("--fail-if '\(text)' cannot be understood: \(error.reason)")
    }
  }

  /// Says all but the last itself.
  private func fail(_ violations: [String]) throws {
    guard let last = violations.last else { return }
    for violation in violations.dropLast() { StandardStream.error.show("error: \(violation)") }
    throw CommandFailure(last)
  }

  private func chosenFormat() throws -> DiffFormatFlag {
    if let formatFlag, let format, formatFlag != format {
      throw CommandFailure.usage("--\(formatFlag.rawValue) and -f \(format.rawValue) contradict")
    }
    if let chosen = formatFlag ?? format { return chosen }
    guard let output, let form = try ReportDestination.formatOfName(output) else { return .text }
    guard let flag = DiffFormatFlag(rawValue: form.rawValue) else {
      throw CommandFailure.usage("two recordings are compared as --text, --svg, --html or --json")
    }
    return flag
  }
}
