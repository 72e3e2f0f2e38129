import CLinux
import Glibc
import LinuxIO
import Synchronization

/// By which number a process's memory is read: its own until its first thread has ended, and then that of
/// another thread. A thread that has ended has no memory any more, whatever the others have
/// (process_vm_readv fails with ESRCH).
final class MemoryOwner: Sendable {
  let pid: Int32
  private let number: Atomic<Int32>

  init(pid: Int32) {
    self.pid = pid
    number = Atomic(pid)
  }

  /// process_vm_readv(2): how many bytes were read, 0 if none could be.
  func read(
    _ local: UnsafePointer<iovec>, _ localCount: UInt, _ remote: UnsafePointer<iovec>,
    _ remoteCount: UInt
  ) -> Int {
    let used = number.load(ordering: .relaxed)
    var result = linux_read_memory(used, local, localCount, remote, remoteCount)
    if result == -Int(ESRCH), let next = ProcFiles(pid: pid).livingThread(), next != used {
      number.store(next, ordering: .relaxed)
      result = linux_read_memory(next, local, localCount, remote, remoteCount)
    }
    return max(0, result)
  }
}
