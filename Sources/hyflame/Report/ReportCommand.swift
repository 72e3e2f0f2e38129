import ArgumentParser
import Exporters
import ProfileModel

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Show a recording: as text, as a flame graph, or for another program.",
    discussion: """
      EXAMPLES:
        hyflame report                            hyflame.data as text
        hyflame report slow.data --svg            a flame graph in slow.svg
        hyflame report --html --open              a page with a time line, opened
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

  @Flag(
    inversion: .prefixedNo,
    help: "Put sources into --html (default: if recorded on this machine).")
  var sources: Bool?

  @OptionGroup(title: "Output") var look: TextLookOptions

  @Flag(help: "Open the written file with the desktop's program for it.")
  var open = false

  @Flag(help: "Let -o replace a recording, or a file that is no report.")
  var force = false

  func run() throws {
    let form =
      try chosenFormat()?.format ?? output.flatMap(ReportDestination.formatOfName) ?? .text
    let destination = try ReportDestination(
      recordings: [file], format: form, output: output ?? form.path(beside: file),
      isPathChosen: output == nil, replacesAnything: force)
    if open, destination.path == nil {
      throw CommandFailure.usage("--open needs a file to open; -o names one")
    }
    if view.flameChart, destination.format != .svg {
      throw CommandFailure.usage("--flame-chart is a kind of --svg")
    }
    var options = ReportOptions()
    options.filter = try filters.filter()
    try view.apply(to: &options)
    look.preferences(isFile: destination.path != nil).apply(to: &options)
    let profile = try RecordingLoading.profile(at: file)
    // The text report says it itself.
    if destination.format != .text { RecordingLoading.warn(of: profile.ledger, at: file) }
    var report = try RecordingLoading.report(
      on: profile, at: file, options,
      allowsHiddenOnly: [.text, .json].contains(destination.format))
    if destination.format == .html {
      report.sources = SourceReading.sources(
        of: report, recording: file, isWanted: sources)
    }

    try destination.write(usesPager: !look.withoutPager) { [report] in
      report.write(destination.format, to: &$0)
    }
    if open, let path = destination.path { try DesktopOpener.open(path) }
  }

  private func chosenFormat() throws -> FormatFlag? {
    if let formatFlag, let format, formatFlag != format {
      throw CommandFailure.usage("--\(formatFlag.rawValue) and -f \(format.rawValue) contradict")
    }
    return formatFlag ?? format
  }
}
