import ArgumentParser
import Glibc
import LinuxIO

/// The whole program, from arguments to exit status.
enum Program {
  static func run(_ arguments: [String]) -> Int32 {
    reserveStandardDescriptors()
    // Writing to a closed pipe, or beyond ulimit -f, is an error and not death.
    for signal in [SIGPIPE, SIGXFSZ] { SignalDisposition.handleQuietly(signal) }
    defer { MessageThread.finish() }
    do {
      if let failure = unknownCommand(arguments) { throw failure }
      var command = try HyflameCommand.parseAsRoot(arguments)
      try command.run()
      return ExitStatus.success
    } catch let exit as ExitCode {
      return exit.rawValue
    } catch let failure as CommandFailure {
      return report(failure, arguments: arguments)
    } catch is BrokenPipe {
      // Whoever read us has had enough: `| head` is no error.
      return ExitStatus.success
    } catch {
      return finishParsing(error, arguments: arguments)
    }
  }

  /// Help, version, completion script, or a mistake in what was typed.
  private static func finishParsing(_ error: any Error, arguments: [String]) -> Int32 {
    guard HyflameCommand.exitCode(for: error) != .success else {
      try? StandardStream.output.write(HyflameCommand.fullMessage(for: error) + "\n")
      return ExitStatus.success
    }
    // The parser begins its sentences with a capital.
    let message = HyflameCommand.message(for: error)
    return report(
      .usage(message.prefix(1).lowercased() + message.dropFirst()), arguments: arguments)
  }

  private static func report(_ failure: CommandFailure, arguments: [String]) -> Int32 {
    var text = "error: \(failure.message)"
    if failure.status == ExitStatus.usage {
      let command = arguments.first.flatMap { HyflameCommand.names.contains($0) ? " \($0)" : nil }
      text += "\nSee 'hyflame\(command ?? "") --help'."
    }
    StandardStream.error.show(text)
    return failure.status
  }

  private static func unknownCommand(_ arguments: [String]) -> CommandFailure? {
    guard let name = arguments.first, !name.hasPrefix("-"), name != "help",
      !HyflameCommand.names.contains(name)
    else { return nil }
    let names = HyflameCommand.names.map { "'\($0)'" }
    let known = names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    return .usage("there is no command '\(name)'; the commands are \(known)")
  }

  /// Keeps a file that is opened later from becoming a standard stream that was closed, where
  /// messages would be written into it. Opened the wrong way round, so that using the stream is
  /// still an error; a launched command finds it closed as before.
  private static func reserveStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      // Takes the lowest free number, which is `descriptor`.
      _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
    }
  }
}
