/// A form that shows when things happened.
protocol TimelineExporter {
  var timeline: Timeline { get }
  /// What the user should know of it beyond its content.
  var remark: String? { get }
  func write<Sink: ByteSink>(to sink: inout Sink)
}

extension TimelineExporter {
  var remark: String? { timeline.remark }
}
