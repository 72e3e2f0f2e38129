import CLinux
import Glibc

/// A symbolic link, looked at once: nobody can put another in its place between two questions.
public struct SymbolicLink {
  public let owner: UInt32
  /// The path that it holds.
  public let contents: String
  /// Of /proc: it leads to an open file, which may have no path.
  public let isMagic: Bool

  /// Nil if there is no link at `path`.
  public init?(path: String) {
    let place = open(path, linux_O_PATH | O_NOFOLLOW | O_CLOEXEC)
    guard place >= 0 else { return nil }
    defer { close(place) }
    var status = stat()
    var proc = stat()
    guard fstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
    owner = status.st_uid
    isMagic = stat("/proc", &proc) == 0 && status.st_dev == proc.st_dev
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes {
      readlinkat(place, "", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard count > 0 else { return nil }
    contents = String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
