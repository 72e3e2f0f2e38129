import CZlib

/// Compresses what it is given and hands it on: gzip (RFC 1952), without a time of its own, so that
/// equal input gives equal bytes.
public struct GzipSink<Sink: ByteSink>: ByteSink {
  private var sink: Sink
  private let stream: Stream

  /// zlib keeps pointers into its state, which therefore has one place.
  private final class Stream {
    var state = z_stream()
    let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 16)

    init() {
      // Fails only where there is no memory for it, which ends a Swift program anyway.
      let status = hyflame_gzip_init(&state, 4)
      precondition(status == Z_OK, "zlib")
    }

    deinit {
      deflateEnd(&state)
      output.deallocate()
    }
  }

  public init(_ sink: Sink) {
    self.sink = sink
    stream = Stream()
  }

  public mutating func write(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBufferPointer { compress($0, flush: Z_NO_FLUSH) }
  }

  /// Writes the end and gives the sink back.
  public mutating func finish() -> Sink {
    compress(UnsafeBufferPointer(start: nil, count: 0), flush: Z_FINISH)
    return sink
  }

  private mutating func compress(_ input: UnsafeBufferPointer<UInt8>, flush: Int32) {
    // zlib counts in 32 bits.
    var rest = input[...]
    repeat {
      let piece = UnsafeBufferPointer(rebasing: rest.prefix(1 << 30))
      rest = rest.dropFirst(piece.count)
      stream.state.next_in = UnsafeMutablePointer(mutating: piece.baseAddress)
      stream.state.avail_in = UInt32(piece.count)
      drain(flush)
    } while !rest.isEmpty
  }

  private mutating func drain(_ flush: Int32) {
    let output = stream.output
    repeat {
      stream.state.next_out = output.baseAddress
      stream.state.avail_out = UInt32(output.count)
      _ = deflate(&stream.state, flush)
      let written = UnsafeBufferPointer(output).prefix(output.count - Int(stream.state.avail_out))
      sink.write(UnsafeBufferPointer(rebasing: written).span)
    } while stream.state.avail_out == 0
  }
}
