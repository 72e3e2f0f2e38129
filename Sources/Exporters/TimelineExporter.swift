/// A form that shows when things happened.
protocol TimelineExporter {
  var timeline: Timeline { get }
  func write<Sink: ByteSink>(to sink: inout Sink)
}
