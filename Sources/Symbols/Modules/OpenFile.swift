import Glibc
import NamedFiles

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

  /// Where it was opened, for messages.
  let path: String

  /// Opens a path that may be the target's choice (`NamedFile`): below `root`, a directory that stands
  /// for `/` (empty: our own), and only what `reader` may read.
  convenience init(
    path: String, root: String = "", as reader: FileReader? = nil
  ) throws(ElfError) {
    let descriptor = try Self.named { () throws(FileRefusal) in
      try NamedFile.open(path, root: root, as: reader)
    }
    try self.init(owning: descriptor, path: path)
  }

  /// Opens what a link of `/proc/PID` leads to.
  convenience init(behindKernelsLink link: String) throws(ElfError) {
    let descriptor = try Self.named { () throws(FileRefusal) in
      try NamedFile.open(behindKernelsLink: link)
    }
    try self.init(owning: descriptor, path: link)
  }

  private static func named(_ open: () throws(FileRefusal) -> Int32) throws(ElfError) -> Int32 {
    do { return try open() } catch {
      switch error {
      case .unreachable(let errno): throw .cannotOpen(errno: errno)
      case .notPlain, .elsewhere: throw .notELF
      }
    }
  }

  /// Takes over a descriptor, and closes it if it is not that of a file.
  init(owning descriptor: Int32, path: String = "") throws(ElfError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw .notELF
    }
    self.descriptor = descriptor
    self.path = path
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

  /// CRC-32 of the whole file; nil if it cannot be read or is larger than `ReadingBounds` allow.
  func checksum() -> UInt32? {
    guard ReadingBounds.shared.take(size, upTo: ReadingBounds.checksum, of: path, as: .debugFile)
    else { return nil }
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
