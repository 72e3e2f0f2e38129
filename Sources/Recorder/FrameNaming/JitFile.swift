import Glibc
import NamedFiles

/// A file in which the target names its code: opened once, read as it grows.
///
/// Its path is one that anybody may write to, and we may be root: it counts only if it is a plain
/// file, no link, belongs to the target's user or to root, and nobody else may write to it.
final class JitFile {
  private let descriptor: Int32
  private var offset = 0

  /// Larger files are read as far as this; entries are 50 to 100 bytes.
  static let sizeLimit = 64 << 20
  /// Bytes that are read at once: some milliseconds of work for whoever takes them apart.
  private static let step = 1 << 18

  /// Nil if there is no such file below `root`, which stands for `/`, or none that may be believed.
  ///
  /// - Parameters:
  ///   - user: of the target.
  ///   - group: of the target; it may write, too, as it may where each user has a group of their own.
  init?(
    path: String, root: String, user: UInt32, group: UInt32, reader: FileReader? = nil
  ) {
    let descriptor = try? NamedFile.open(path, root: root, as: reader, links: .notLast) {
      Self.isBelieved($1, user, group)
    }
    guard let descriptor else { return nil }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func isBelieved(_ file: stat, _ user: UInt32, _ group: UInt32) -> Bool {
    guard file.st_uid == user || file.st_uid == 0, file.st_mode & S_IWOTH == 0 else { return false }
    return file.st_mode & S_IWGRP == 0 || file.st_gid == group || file.st_gid == 0
  }

  /// What was appended since the last time, as much of it as is taken at once; empty at the end.
  func readMore() -> [UInt8] {
    let count = min(Self.step, Self.sizeLimit - offset)
    guard count > 0 else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, pread(descriptor, buffer.baseAddress, count, offset))
    }
    offset += bytes.count
    return bytes
  }

  /// Bytes of the file that have not been read.
  var remaining: Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    return max(0, Int(status.st_size) - offset)
  }
}
