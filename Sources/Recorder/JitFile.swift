import CLinux
import Glibc
import LinuxIO

/// A file in which the target names its code: opened once, read as it grows.
///
/// Its path is one that anybody may write to, and we may be root: it counts only if it is a plain
/// file, no link, belongs to the target's user or to root, and nobody else may write to it.
final class JitFile {
  private let descriptor: Int32
  private var offset = 0

  /// Larger files are read as far as this; entries are 50 to 100 bytes.
  private static let sizeLimit = 64 << 20

  /// Nil if there is no such file below `root`, which stands for `/`, or none that may be believed.
  ///
  /// - Parameters:
  ///   - user: of the target.
  ///   - group: of the target; it may write, too, as it may where each user has a group of their own.
  init?(path: String, root: String, user: UInt32, group: UInt32) {
    let directory = open(root, linux_O_PATH | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return nil }
    defer { close(directory) }
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    let descriptor = Int32(linux_open_in_root(directory, path, flags))
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, Self.isBelieved(status, user, group) else {
      close(descriptor)
      return nil
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func isBelieved(_ file: stat, _ user: UInt32, _ group: UInt32) -> Bool {
    guard file.st_mode & S_IFMT == S_IFREG, file.st_uid == user || file.st_uid == 0,
      file.st_mode & S_IWOTH == 0
    else { return false }
    return file.st_mode & S_IWGRP == 0 || file.st_gid == group || file.st_gid == 0
  }

  /// What was appended since the last time; at most a few megabytes at once.
  func readMore() -> [UInt8] {
    let count = min(4 << 20, Self.sizeLimit - offset)
    guard count > 0 else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, pread(descriptor, buffer.baseAddress, count, offset))
    }
    offset += bytes.count
    return bytes
  }
}
