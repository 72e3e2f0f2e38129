import Glibc

/// A regular file that is being read.
final class InputFile {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(path: String) throws(RecordingFileError) {
    // Opening a device or a FIFO may do something; O_NONBLOCK for one that comes in between.
    var named = stat()
    guard stat(path, &named) != 0 || named.st_mode & S_IFMT == S_IFREG else {
      throw .notRegularFile(path: path)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      _ = close(descriptor)
      throw .notRegularFile(path: path)
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  /// `count` bytes at `offset`, fewer if the file became shorter meanwhile.
  func bytes(at offset: Int, count: Int) throws(RecordingFileError) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let base = UnsafeMutableRawPointer(buffer.baseAddress! + filled)
        let read = pread(descriptor, base, count - filled, off_t(offset + filled))
        if read < 0, errno == EINTR { continue }
        if read < 0 { failure = errno }
        guard read > 0 else { return }
        filled += read
      }
    }
    guard failure == 0 else { throw .unreadable(path: path, errno: failure) }
    return bytes
  }
}
