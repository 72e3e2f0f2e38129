import Exporters
import Glibc

/// Bytes for an open file. Keeps the first failure and ignores what comes after it.
struct DescriptorSink: ByteSink {
  private let descriptor: Int32
  /// For messages.
  private let name: String
  /// A `CommandFailure`, or `BrokenPipe`.
  private(set) var failure: (any Error)?

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  mutating func write(_ bytes: Span<UInt8>) {
    guard failure == nil else { return }
    bytes.withUnsafeBytes { write($0) }
  }

  private mutating func write(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Glibc.write(descriptor, start, rest.count)
      if written > 0 {
        rest = rest.dropFirst(written)
      } else if written == 0 || errno != EINTR {
        failure =
          errno == EPIPE
          ? BrokenPipe()
          : CommandFailure("cannot write \(name): \(String(errorNumber: errno))")
        return
      }
    }
  }
}
