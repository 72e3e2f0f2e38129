import ProfileModel
import SwiftProtobuf

/// pprof's `profile.proto`, compressed. A sample for every stack of a thread in one GIL and CPU
/// state; its values divide the time.
struct PprofExporter {
  private let report: Report
  private let tree: StackTree
  private let amounts: StackAmounts
  private let frameLimit: FrameLimit

  /// Frames of all samples together: eight bytes each in memory, three in the file.
  private static let frameBudget = 1 << 25

  init(_ report: Report, frameBudget: Int = PprofExporter.frameBudget) {
    self.report = report
    tree = StackTree(report)
    amounts = StackAmounts(report, tree)
    frameLimit = FrameLimit(
      depths: amounts.rows.lazy.map { [tree] in Int(tree.depths[Int($0.node)]) },
      budget: frameBudget)
  }

  /// What is left out, or nil.
  var remark: String? { frameLimit.remark }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var builder = PprofBuilder(report.profile, tree, frameLimit)
    builder.add(amounts)
    var gzip = GzipSink(sink)
    // Fails only for extensions that are required and for more than 2 GiB.
    if let bytes: [UInt8] = try? builder.finish().serializedBytes() { gzip.write(bytes.span) }
    sink = gzip.finish()
  }
}
