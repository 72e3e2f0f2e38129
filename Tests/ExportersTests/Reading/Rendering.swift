import Exporters
import ProfileModel

/// The bytes of a report, for tests that read them back.
func render(
  _ profile: Profile, _ format: ReportFormat, _ change: (inout ReportOptions) -> Void = { _ in }
) throws -> [UInt8] {
  var options = ReportOptions()
  change(&options)
  var sink = MemorySink()
  try Report(profile, options: options).write(format, to: &sink)
  return sink.bytes
}

func renderText(
  _ profile: Profile, _ format: ReportFormat, _ change: (inout ReportOptions) -> Void = { _ in }
) throws -> String {
  String(decoding: try render(profile, format, change), as: UTF8.self)
}

/// Folded output, read as its consumers do: everything before the last blank is the stack.
func foldedStacks(_ text: String) -> [String: Int] {
  var stacks: [String: Int] = [:]
  for line in text.split(separator: "\n") {
    let blank = line.lastIndex(of: " ")!
    stacks[String(line[..<blank]), default: 0] += Int(line[line.index(after: blank)...])!
  }
  return stacks
}
