import Foundation
public import SampleTypes

/// Memory of a live process through `/proc/PID/mem`, for tests: nothing is stopped.
public struct ProcessFileMemory: RemoteMemory {
  private let descriptor: Int32
  /// Reads that were asked of the kernel.
  public private(set) var readCount = 0
  /// Copies every page that is read, while it is set.
  public var recording: FakeMemory?

  /// Nil if the process cannot be read (no such process, no permission).
  public init?(pid: Int32) {
    descriptor = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
  }

  public func close() { _ = Foundation.close(descriptor) }

  public mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard address.rawValue < 1 << 62 else { return 0 }
    readCount += 1
    if recording != nil { record(address, count: buffer.count) }
    return max(0, pread(descriptor, buffer.baseAddress, buffer.count, off_t(address.rawValue)))
  }

  private mutating func record(_ address: RemoteAddress, count: Int) {
    let size = UInt64(FakeMemory.pageSize)
    for page in (address.rawValue / size)...((address.rawValue + UInt64(max(count, 1)) - 1) / size)
    {
      guard recording?.pages[page] == nil else { continue }
      var bytes = [UInt8](repeating: 0, count: FakeMemory.pageSize)
      let copied = pread(descriptor, &bytes, bytes.count, off_t(page * size))
      if copied == bytes.count { recording?.store(bytes, at: RemoteAddress(page * size)) }
    }
  }
}
