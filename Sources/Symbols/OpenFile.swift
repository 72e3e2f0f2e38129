import Glibc

/// An open file descriptor with positioned reads.
final class OpenFile {
  let descriptor: Int32
  /// In bytes, when it was opened.
  let size: UInt64

  init(path: String) throws(ElfError) {
    // O_NONBLOCK: the path is the target's choice and may name a FIFO.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notELF
    }
    self.descriptor = descriptor
    size = UInt64(max(0, status.st_size))
  }

  deinit { close(descriptor) }

  /// Exactly `count` bytes at `offset`, or nil.
  func read(at offset: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, offset <= size, UInt64(count) <= size - offset else { return nil }
    var complete = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var done = 0
      while done < count {
        let result = pread(
          descriptor, buffer.baseAddress.map { $0 + done }, count - done, Int(offset) + done)
        if result < 0 && errno == EINTR { continue }
        guard result > 0 else { break }
        done += result
      }
      initialized = done
      complete = done == count
    }
    return complete ? bytes : nil
  }
}
