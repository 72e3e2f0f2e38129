import ArgumentParser
import Exporters

/// Which samples a report is about.
struct ReportFilterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only this GIL state; repeatable.", valueName: "state"))
  var gil: [GilArgument] = []

  @Option(help: ArgumentHelp("Only this CPU state; repeatable.", valueName: "state"))
  var cpu: [CPUArgument] = []

  @Option(
    help: ArgumentHelp("Only stacks joined this well; repeatable.", valueName: "how"))
  var merge: [MergeArgument] = []

  @Option(
    help: ArgumentHelp("Only threads whose name or id matches; repeatable.", valueName: "re"))
  var thread: [String] = []

  @Option(help: ArgumentHelp("Only stacks with a matching frame; repeatable.", valueName: "re"))
  var include: [String] = []

  @Option(help: ArgumentHelp("Only stacks without a matching frame; repeatable.", valueName: "re"))
  var exclude: [String] = []

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Only from this time on.", valueName: "seconds"))
  var from: Double?

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Only before this time.", valueName: "seconds"))
  var to: Double?

  @Flag(
    name: .shortAndLong,
    help: "Include time idle or without a free CPU, which is hidden otherwise.")
  var idle = false

  func filter() throws -> ProfileFilter {
    var filter = ProfileFilter()
    filter.gil = Set(gil.map(\.state))
    filter.cpu = Set(cpu.map(\.state))
    filter.merge = Set(merge.map(\.quality))
    filter.threads = try thread.map { try pattern($0, option: "--thread") }
    filter.include = try include.map { try pattern($0, option: "--include") }
    filter.exclude = try exclude.map { try pattern($0, option: "--exclude") }
    filter.from = try from.map { try nanoseconds($0, option: "--from") }
    filter.to = try to.map { try nanoseconds($0, option: "--to") }
    if let from = filter.from, let to = filter.to, from >= to {
      throw CommandFailure.usage("--from must be before --to")
    }
    filter.showsHiddenTime = idle
    return filter
  }

  private func pattern(_ source: String, option: String) throws -> FramePattern {
    do {
      return try FramePattern(source)
    } catch {
      throw CommandFailure.usage(
        "\(option) '\(source)' is not a regular expression: \(error.reason)")
    }
  }

  private func nanoseconds(_ seconds: Double, option: String) throws -> Int64 {
    guard let value = Int64(exactly: (seconds * 1e9).rounded()), value >= 0 else {
      throw CommandFailure.usage("\(option) takes seconds since the start, not \(seconds)")
    }
    return value
  }
}
