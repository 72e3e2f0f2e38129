/// Where an exporter's bytes go.
///
/// Writing does not throw: a sink that can fail keeps its first failure, ignores what follows and
/// is asked once at the end, as with `ferror(3)`. Exporters hand over tens of kilobytes at a time.
public protocol ByteSink {
  mutating func write(_ bytes: Span<UInt8>)
}

/// Bytes kept in memory.
public struct MemorySink: ByteSink {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func write(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
  }
}
