import Exporters
import Glibc
import RecordingFile

/// In which form a report goes where.
struct ReportDestination {
  let format: ReportFormat
  /// Nil: standard output.
  let path: String?
  /// The user did not name the file, so they are told.
  private let isPathChosen: Bool
  private let isCompressed: Bool

  /// `output` nil or `-`: standard output. `isPathChosen`: the user did not choose it.
  /// `replacesAnything`: the user insists.
  init(
    recordings: [String], format: ReportFormat, output: String?, isPathChosen: Bool,
    replacesAnything: Bool
  ) throws {
    self.format = format
    self.isPathChosen = isPathChosen
    path = output == "-" ? nil : output
    // pprof's form is compressed anyway.
    isCompressed = path?.hasSuffix(".gz") == true && format != .pprof
    if path == nil, format.isBinary, StandardStream.output.isTerminal {
      throw CommandFailure.usage(
        "--\(format.rawValue) is not for a terminal; -o FILE or a pipe takes it")
    }
    if let path, recordings.contains(where: { Self.isSameFile(path, $0) }) {
      throw CommandFailure.usage("\(path) is the recording itself; -o names the report to write")
    }
    guard let path, !replacesAnything else { return }
    if RecordingReader.isRecording(path: path) {
      throw CommandFailure("\(path) is a recording; --force replaces it, -o FILE writes elsewhere")
    }
    if !ExistingFile(path: path).isReplaceable(by: format) {
      throw CommandFailure(
        "\(path) exists and is no report; --force replaces it, -o FILE writes elsewhere")
    }
  }

  /// Writes what `render` renders, which returns a remark for the user.
  func write(usesPager: Bool, _ render: (inout any ByteSink) -> String?) throws {
    if let path {
      var file = try RenderedFile(path: path)
      try fill(file.sink, render)
      try file.commit()
      if isPathChosen { StandardStream.error.show("wrote \(path)") }
    } else if format == .text, usesPager, StandardStream.output.isTerminal {
      var sink: any ByteSink = MemorySink()
      _ = render(&sink)
      let bytes = (sink as? MemorySink)?.bytes ?? []
      if Pager.isNeeded(for: bytes), Pager.show(bytes) { return }
      try StandardStream.output.write(bytes)
    } else {
      try fill(StandardStream.output.sink, render)
    }
  }

  private func fill(
    _ target: DescriptorSink, _ render: (inout any ByteSink) -> String?
  ) throws {
    var sink: any ByteSink = isCompressed ? GzipSink(target) : target
    let remark = render(&sink)
    if var gzip = sink as? GzipSink<DescriptorSink> { sink = gzip.finish() }
    if let failure = (sink as? DescriptorSink)?.failure { throw failure }
    if let remark { StandardStream.error.show("note: \(remark)") }
  }

  static func formatOfName(_ path: String) throws -> ReportFormat? {
    if let format = ReportFormat(path: path) { return format }
    guard path != "-", let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else {
      return nil
    }
    let known = ReportFormat.extensions.map(\.0).joined(separator: ", ")
    throw CommandFailure.usage(
      "'\(path[dot...])' does not say in which form to report: -f does, or one of \(known)")
  }

  private static func isSameFile(_ one: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }
}
