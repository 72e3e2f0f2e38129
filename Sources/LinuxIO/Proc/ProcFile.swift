import Glibc

/// A small file of `/proc`, kept open: each read shows it as it is then.
public struct ProcFile: ~Copyable {
  private let descriptor: OwnedDescriptor

  /// Nil where it is missing or may not be read.
  public init?(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    self.descriptor = OwnedDescriptor(descriptor)
  }

  /// Calls `body` with the first 255 bytes; nil if its process or thread is gone.
  public func read<Result>(_ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
    withUnsafeTemporaryAllocation(byteCount: 255, alignment: 1) { buffer in
      let count = pread(descriptor.rawValue, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else { return nil }
      return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
