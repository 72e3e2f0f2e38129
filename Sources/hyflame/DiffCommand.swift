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
        hyflame diff a.data b.data --fail-if 'Model.fit>+5%'   for continuous integration

      Times of the second recording are scaled as if it had lasted as long as the first; --absolute \
      compares them as they are, for runs that did the same work. Changes within sampling noise are \
      marked, and never make --fail-if fail.
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
      "Write to this file; '-' is standard output (default: standard output; --svg: a file).",
      valueName: "file"))
  var output: String?

  @Flag(help: "Compare seconds as recorded, whatever the recordings' lengths.")
  var absolute = false

  @Flag(help: "Compare recordings of different rates.")
  var normalize = false

  @Option(
    name: .customLong("fail-if"),
    help: ArgumentHelp(
      "Exit with status 1 if the total time of a function that RE matches grew by more; repeatable.",
      valueName: "re>+n%"))
  var failIf: [String] = []

  @OptionGroup(title: "Filters") var filters: ReportFilterOptions
  @OptionGroup(title: "View") var view: ReportViewOptions
  @OptionGroup(title: "Output") var look: TextLookOptions

  @Flag(help: "Open the written file with the desktop's program for it.")
  var open = false

  @Flag(help: "Let -o replace a recording.")
  var force = false

  func run() throws {
    let limits = try failIf.map { try limit($0) }
    let form = try chosenFormat()
    let destination = try ReportDestination(
      recordings: [before, after], format: form.report, output: output ?? form.path(beside: after),
      isPathChosen: output == nil, replacesRecordings: force)
    if open, destination.path == nil {
      throw CommandFailure.usage("--open needs a file to open; -o names one")
    }
    let comparison = try compare(destination)
    try destination.write(usesPager: !look.withoutPager) { sink in
      comparison.write(form.comparison, to: &sink)
      return nil
    }
    if open, let path = destination.path { try DesktopOpener.open(path) }
    try fail(limits.flatMap { comparison.violations(of: $0) })
  }

  private func compare(_ destination: ReportDestination) throws -> Comparison {
    var options = ReportOptions()
    options.filter = try filters.filter()
    try view.apply(to: &options)
    // The same code is at other lines in another version.
    options.showsLines = false
    look.preferences(isFile: destination.path != nil).apply(to: &options)
    let profiles = try [before, after].map { try RecordingLoading.profile(at: $0) }
    let obstacles = Comparison.obstacles(
      before: profiles[0], after: profiles[1], allowsDifferentRates: normalize)
    guard obstacles.isEmpty else {
      throw CommandFailure(
        "\(before) and \(after) cannot be compared: \(obstacles.joined(separator: "; "))")
    }
    let reports = try zip([before, after], profiles).map {
      try RecordingLoading.report(on: $1, at: $0, options)
    }
    return Comparison(before: reports[0], after: reports[1], isAbsolute: absolute)
  }

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
    guard let output, output != "-", let form = ReportFormat(path: output) else { return .text }
    guard let flag = DiffFormatFlag(rawValue: form.rawValue) else {
      throw CommandFailure.usage("two recordings are compared as --text, --svg or --json")
    }
    return flag
  }
}
