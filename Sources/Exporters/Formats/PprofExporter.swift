import ProfileModel
import SwiftProtobuf

/// pprof's `profile.proto`, compressed. A sample for every stack of a thread in one GIL and CPU
/// state; its values divide the time.
struct PprofExporter {
  private let report: Report

  init(_ report: Report) { self.report = report }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    let tree = StackTree(report)
    var builder = PprofBuilder(report.profile, tree)
    builder.add(StackAmounts(report, tree))
    var gzip = GzipSink(sink)
    // Fails only for extensions that are required and for more than 2 GiB.
    if let bytes: [UInt8] = try? builder.finish().serializedBytes() { gzip.write(bytes.span) }
    sink = gzip.finish()
  }
}
