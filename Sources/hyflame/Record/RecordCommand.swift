import ArgumentParser
import Glibc
import Recorder
import RecordingFile

struct RecordCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "record",
    abstract: "Record a running process, or launch a command and record it.",
    usage: "hyflame record [options] -p PID\nhyflame record [options] [--] CMD ARGS…",
    discussion: """
      EXAMPLES:
        hyflame record -p 4242                    until Ctrl-C, or its end
        hyflame record -d 30 -r 1k -p 4242        30 s, 1000 samples a CPU second
        hyflame record -- python3 program.py -v   -v is for the program
        hyflame record -s -- gunicorn app:app     with all of its workers
        sudo hyflame record -p 4242 -o slow.data  a process of another user

      The first Ctrl-C stops and writes the recording; the second gives up at once. The target is \
      never left stopped. A launched command keeps its standard input and output, and its exit \
      status becomes that of hyflame.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The process to record.", valueName: "pid"))
  var pid: Int32?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Stop after this time: 30, 30s, 2m, 500ms (default: record until the end).", valueName: "time"
    ),
    transform: DurationArgument.init)
  var duration: DurationArgument?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Samples a second of CPU time, for each thread: 1 to 10k (default: 100).", valueName: "hz"),
    transform: RateArgument.init)
  var rate = RateArgument(perSecond: 100)

  @Option(name: .shortAndLong, help: ArgumentHelp("The recording to write.", valueName: "file"))
  var output = "hyflame.data"

  @Flag(
    name: [.customShort("s"), .customLong("subprocesses")],
    help: "Record its children too, and theirs: fork, spawn, exec.")
  var followsChildren = false

  @Flag(help: "Replace the recording if it exists.")
  var force = false

  @Flag(name: .customLong("no-native"), help: "Record Python frames only.")
  var withoutNative = false

  @Flag(
    name: .customLong("no-off-cpu"),
    help: "Record no time off the CPU, which takes time from the target whenever it leaves the CPU."
  )
  var withoutOffCPU = false

  @Option(
    help: ArgumentHelp(
      "How samples are taken: inside the kernel (kernel; needs privilege), with a stop of the "
        + "thread (stop), Python frames alone by reading memory (read), or as the first of them that "
        + "is allowed (default: auto).",
      valueName: "mode"))
  var capture = CaptureArgument.auto

  @Flag(help: "Record native frames only, of any process.")
  var nativeOnly = false

  @Flag(
    name: .shortAndLong, inversion: .prefixedNo,
    help: "Name the kernel's functions where that is permitted, or show one [kernel] frame.")
  var kernel = true

  @Flag(
    name: .customLong("debuginfod"),
    help: "Ask the servers of DEBUGINFOD_URLS for names and lines that are not installed.")
  var downloads = false

  @Flag(help: "Put the running asyncio task's name under each thread's root.")
  var tasks = false

  @Option(
    name: .customLong("ready-fd"),
    help: ArgumentHelp(
      "For scripts: write a newline to this file descriptor, and close it, once sampling has begun.",
      valueName: "fd"))
  var readyDescriptor: Int32?

  @Flag(name: .shortAndLong, help: "Show nothing but errors.")
  var quiet = false

  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command to launch and record, with its arguments.", valueName: "cmd"))
  var command: [String] = []

  func run() throws {
    if nativeOnly && withoutNative {
      throw CommandFailure.usage("--native-only and --no-native together leave nothing to record")
    }
    if tasks && (capture == .kernel || capture == .read) {
      throw CommandFailure.usage(
        "--tasks needs stopped threads: leave out --capture \(capture.rawValue)")
    }
    if followsChildren && capture == .read {
      throw CommandFailure.usage("-s needs a tracer: leave out --capture read")
    }
    if withoutOffCPU && capture == .read {
      throw CommandFailure.usage(
        "--capture read looks at every thread, wherever it is: leave out --no-off-cpu")
    }
    if nativeOnly && capture == .read {
      throw CommandFailure.usage("--capture read reads Python frames alone, and no native ones")
    }
    if output.isEmpty || output == "-" {
      throw CommandFailure.usage(
        "-o \(output.isEmpty ? "\"\"" : output): a recording is a file, which needs a name; report -o - writes to standard "
          + "output")
    }
    // A launched command would keep it open.
    if let readyDescriptor, fcntl(readyDescriptor, F_SETFD, FD_CLOEXEC) != 0 {
      throw CommandFailure.usage(
        "--ready-fd \(readyDescriptor): no such file is open; in a shell: --ready-fd 3 3>FILE")
    }
    var plan = RecordingPlan(
      target: try target(), duration: duration?.seconds, rate: rate.perSecond, output: output,
      overwrites: force, recordsNative: !withoutNative, recordsPython: !nativeOnly,
      recordsTasks: tasks, capture: capture.mode)
    plan.recordsOffCPU = !withoutOffCPU
    plan.readyDescriptor = readyDescriptor
    plan.downloadsDebugFiles = downloads
    plan.followsChildren = followsChildren
    plan.namesKernelFunctions = kernel
    do {
      // Before anything is launched or attached to.
      try RecordingWriter.probe(path: output, overwrite: force)
    } catch {
      throw CommandFailure(error)
    }
    try record(plan)
  }

  private func record(_ plan: RecordingPlan) throws {
    var display = ProgressDisplay(plan: plan, isQuiet: quiet)
    var notices = RecordingNotices(isQuiet: quiet)
    do {
      var summary = try Recorder(plan: plan).run {
        notices.begin($0)
        display.update($0)
      }
      notices.end(&summary)
      display.finish(summary)
      if let warning = summary.warning { notices.warn(warning) }
      if case .commandEnded(let waitStatus) = summary.end {
        throw ExitCode(ExitStatus.ofCommand(waitStatus: waitStatus))
      }
    } catch let error as RecordingError {
      display.clear()
      if case .noSamples(let status?, let warning) = error {
        // The command is what counts, and it has done its work.
        StandardStream.error.show(
          "warning: " + CommandFailure(error, plan: plan).message)
        if let warning { notices.warn(warning) }
        throw ExitCode(ExitStatus.ofCommand(waitStatus: status))
      }
      throw CommandFailure(error, plan: plan)
    }
  }

  private func target() throws -> RecordingPlan.Target {
    let words = command.first == "--" ? Array(command.dropFirst()) : command
    if command.first != "--", let first = words.first, first.hasPrefix("-") {
      try rejectOption(first)
    }
    switch (pid, words.isEmpty) {
    case (let pid?, true):
      guard pid > 0 else { throw CommandFailure.usage("a process id is positive, not \(pid)") }
      return .attach(pid: pid)
    case (nil, false):
      return .launch(command: words)
    case (_?, false):
      throw CommandFailure.usage("either -p PID or a command to launch, not both")
    case (nil, true):
      throw CommandFailure.usage("what to record is missing: -p PID, or a command to launch")
    }
  }

  /// The parser leaves an option that it does not know to the command, and counts `--help` as such.
  private func rejectOption(_ option: String) throws {
    switch option {
    case "-h", "--help": throw CleanExit.helpRequest(self)
    case "--version": throw CleanExit.message(HyflameCommand.configuration.version)
    default: throw CommandFailure.usage("unknown option '\(option)'")
    }
  }
}
