import CLinux
import Glibc
public import SampleTypes

/// Memory of a live process through process_vm_readv(2); nothing is stopped.
public struct ProcessMemory: RemoteMemory {
  private let owner: MemoryOwner
  /// Calls made so far.
  public private(set) var systemCalls: Int64 = 0

  public var pid: Int32 { owner.pid }

  public init(pid: Int32) { owner = MemoryOwner(pid: pid) }

  public mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    guard buffer.count > 0 else { return 0 }
    systemCalls += 1
    var local = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
    var remote = iovec(
      iov_base: UnsafeMutableRawPointer(bitPattern: UInt(address.rawValue)), iov_len: buffer.count)
    return owner.read(&local, 1, &remote, 1)
  }

  /// IOV_MAX of process_vm_readv(2).
  private static let mostPieces = 1024

  /// By one system call.
  public mutating func copyPieces(
    of size: Int, at addresses: ArraySlice<RemoteAddress>, plus offset: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let count = min(addresses.count, Self.mostPieces)
    guard count > 0, size > 0 else { return 0 }
    systemCalls += 1
    var local = iovec(iov_base: buffer.baseAddress, iov_len: count * size)
    return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { remote in
      for (index, address) in addresses.prefix(count).enumerated() {
        let start = UnsafeMutableRawPointer(bitPattern: UInt((address + offset).rawValue))
        remote[index] = iovec(iov_base: start, iov_len: size)
      }
      let copied = linux_read_memory(pid, &local, 1, remote.baseAddress!, UInt(count))
      return max(0, copied) / size
    }
  }
}
