import ArgumentParser
import Exporters
import ProfileModel
import RecordingFile

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show a recording: as text, as a flame graph, or for another program.",
    discussion: """
      EXAMPLES:
        hyflame report                            hyflame.data as text
        hyflame report slow.data --svg            a flame graph in slow.svg
        hyflame report --gil held --sort total    what holds the GIL
        hyflame report --folded -o - | less       folded stacks
        hyflame report --json -l 0 | jq .         everything, for programs
        hyflame report -o slow.pb.gz              for pprof: the name says the form
        hyflame report --firefox --open           in slow.firefox.json, opened

      A regular expression (RE) is looked for anywhere in a name. Times are thread-seconds.
      """)

  @Argument(help: ArgumentHelp("The recording.", valueName: "file"))
  var file = "hyflame.data"

  @Flag(exclusivity: .exclusive)
  var formatFlag: FormatFlag?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The same by name; else the extension of -o decides.", valueName: "name"))
  var format: FormatFlag?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      """
      Write to this file, '-' is standard output (default: standard output, or for most forms a \
      file beside the recording).
      """,
      valueName: "file"))
  var output: String?

  @OptionGroup(title: "Filters") var filters: ReportFilterOptions
  @OptionGroup(title: "View") var view: ReportViewOptions

  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorArgument.auto

  @Flag(name: .customLong("no-color"), help: "As --color never.")
  var withoutColor = false

  @Flag(name: .customLong("no-pager"), help: "Do not page text that is longer than the screen.")
  var withoutPager = false

  @Flag(help: "Open the written file with the desktop's program for it.")
  var open = false

  @Flag(help: "Let -o replace a recording.")
  var force = false

  func run() throws {
    let destination = try ReportDestination(
      recordings: [file], format: chosenFormat()?.format, output: output,
      replacesRecordings: force)
    if open, destination.path == nil {
      throw CommandFailure.usage("--open needs a file to open; -o names one")
    }
    if view.flameChart, destination.format != .svg {
      throw CommandFailure.usage("--flame-chart is a kind of --svg")
    }
    var options = ReportOptions()
    options.filter = try filters.filter()
    try view.apply(to: &options)
    TerminalPreferences(color: withoutColor ? .never : color, isFile: destination.path != nil)
      .apply(to: &options)
    let profile = try readProfile()
    if destination.format != .text { warn(of: profile.ledger) }
    let report = try makeReport(profile, options)

    try destination.write(usesPager: !withoutPager) { report.write(destination.format, to: &$0) }
    if open, let path = destination.path { try DesktopOpener.open(path) }
  }

  private func chosenFormat() throws -> FormatFlag? {
    if let formatFlag, let format, formatFlag != format {
      throw CommandFailure.usage("--\(formatFlag.rawValue) and -f \(format.rawValue) contradict")
    }
    return formatFlag ?? format
  }

  private func readProfile() throws -> Profile {
    do {
      return try RecordingReader.read(path: file)
    } catch {
      throw CommandFailure(error)
    }
  }

  private func makeReport(_ profile: Profile, _ options: ReportOptions) throws -> Report {
    let report: Report
    do {
      report = try Report(profile, options: options)
    } catch {
      throw CommandFailure("\(file) contradicts itself (\(error)), so it cannot be reported")
    }
    guard !report.isEmpty else {
      throw CommandFailure(
        """
        no sample of \(file) is left to report; other filters may keep some, and -i includes idle \
        time
        """, status: ExitStatus.noSamples)
    }
    return report
  }

  /// The text report says it itself.
  private func warn(of ledger: Ledger) {
    guard !ledger.isComplete else { return }
    StandardStream.error.show("warning: \(file) ends early, its recorder was killed")
  }
}
