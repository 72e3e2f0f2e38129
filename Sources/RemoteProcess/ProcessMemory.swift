import CLinux
import Glibc
public import SampleTypes

/// Memory of a live process through process_vm_readv(2); nothing is stopped.
public struct ProcessMemory: RemoteMemory {
  public let pid: Int32
  /// Calls made so far.
  public private(set) var systemCalls: Int64 = 0

  public init(pid: Int32) { self.pid = pid }

  public mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard buffer.count > 0 else { return 0 }
    systemCalls += 1
    var local = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
    var remote = iovec(
      iov_base: UnsafeMutableRawPointer(bitPattern: UInt(address.rawValue)), iov_len: buffer.count)
    return max(0, linux_read_memory(pid, &local, 1, &remote, 1))
  }
}
