import ArgumentParser
import Recorder

struct HyflameCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hyflame",
    abstract:
      "Profile Python programs: Python and native code in one stack.",
    discussion: """
      EXAMPLES:
        hyflame record -p 4242                    attach, until Ctrl-C
        hyflame record -d 30 -r 1k -p 4242        30 s, 1000 samples a CPU second
        hyflame record -- python3 program.py      launch, and record all of it
        hyflame report                            what is in hyflame.data, as text
        hyflame report --svg -o program.svg       a flame graph that stands alone
        hyflame diff before.data after.data       what takes more time, and what less
        hyflame doctor -p 4242                    what may be recorded here, and what is missing

      ENVIRONMENT:
        NO_COLOR, FORCE_COLOR    turn the colours of reports off or on
        HYFLAME_PAGER, PAGER     show long reports; default: less -FRX

      EXIT STATUS:
        0 success; 1 failure; 2 wrong usage; 3 not permitted; 4 no such process, or no CPython in \
      it; 5 no samples; 130 aborted by a second Ctrl-C. After 'record -- CMD' the status of CMD, \
      128+n if signal n killed it.
      """,
    version: "hyflame \(hyflameVersion)",
    subcommands: [RecordCommand.self, ReportCommand.self, DiffCommand.self, DoctorCommand.self])

  static let names = configuration.subcommands.map { $0._commandName }
}
