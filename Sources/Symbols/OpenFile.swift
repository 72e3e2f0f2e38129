import CLinux
import Glibc

/// An open file descriptor with positioned reads; they are safe from any thread.
final class OpenFile: Sendable {
  let descriptor: Int32
  /// In bytes, when it was opened.
  let size: UInt64
  /// Device and inode.
  let identity: Identity

  struct Identity: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
  }

  /// Opens a path that may be the target's choice. It leads to nothing outside of `root`, a directory
  /// that stands for `/` (empty: our own), whatever symbolic links there are; and nothing but a plain
  /// file is ever really opened, as opening a device or a FIFO may do something.
  convenience init(path: String, root: String = "") throws(ElfError) {
    let place = try Self.find(path, root)
    defer { close(place) }
    var status = stat()
    guard fstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notELF }
    let descriptor = open("/proc/self/fd/\(place)", O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .cannotOpen(errno: errno) }
    try self.init(owning: descriptor)
  }

  /// A descriptor that names the file, without opening it (open(2), O_PATH).
  private static func find(_ path: String, _ root: String) throws(ElfError) -> Int32 {
    guard !root.isEmpty else {
      let place = open(path, linux_O_PATH | O_CLOEXEC)
      guard place >= 0 else { throw .cannotOpen(errno: errno) }
      return place
    }
    let directory = open(root, linux_O_PATH | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .cannotOpen(errno: errno) }
    defer { close(directory) }
    let place = linux_open_in_root(directory, path, linux_O_PATH)
    guard place < 0 else { return Int32(place) }
    // Before Linux 5.6, or in a container that does not know the call yet.
    if place == -Int(ENOSYS) || place == -Int(EPERM), isOwnRoot(directory) {
      return try find(path, "")
    }
    throw .cannotOpen(errno: Int32(-place))
  }

  private static func isOwnRoot(_ directory: Int32) -> Bool {
    var its = stat()
    var ours = stat()
    return fstat(directory, &its) == 0 && stat("/", &ours) == 0 && its.st_dev == ours.st_dev
      && its.st_ino == ours.st_ino
  }

  /// Takes over a descriptor, and closes it if it is not that of a file.
  init(owning descriptor: Int32) throws(ElfError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notELF
    }
    self.descriptor = descriptor
    size = UInt64(max(0, status.st_size))
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
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

  /// CRC-32 of the whole file; nil if it cannot be read or is absurdly large.
  func checksum() -> UInt32? {
    guard size <= 1 << 31 else { return nil }
    var checksum = Checksum()
    var offset: UInt64 = 0
    while offset < size {
      guard let part = read(at: offset, count: Int(min(1 << 20, size - offset))) else { return nil }
      checksum.add(part)
      offset += UInt64(part.count)
    }
    return checksum.value
  }
}
