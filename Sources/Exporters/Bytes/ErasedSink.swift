/// Any sink as one type, so that the compiler specialises the writers for it: callers are in other
/// modules, and an unspecialised writer costs several times as much.
struct ErasedSink: ByteSink {
  private(set) var sink: any ByteSink

  init(_ sink: some ByteSink) { self.sink = sink }

  mutating func write(_ bytes: Span<UInt8>) { sink.write(bytes) }
}
