import Glibc

/// One file, whatever its name means by now.
public struct WrittenFile: Sendable {
  let path: String
  private let device: dev_t
  private let inode: ino_t

  init?(path: String, descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.path = path
    device = status.st_dev
    inode = status.st_ino
  }

  /// Whether `path` still names it.
  var isNamed: Bool {
    var named = stat()
    return lstat(path, &named) == 0 && named.st_dev == device && named.st_ino == inode
  }

  /// Removes the file if its name still means this file.
  public func removeFile() {
    if isNamed { _ = unlink(path) }
  }
}
