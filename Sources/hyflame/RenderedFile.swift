import Glibc
import LinuxIO
import RecordingFile

/// A report in a file. Unlike recordings, reports may be replaced, and read by anybody whom the
/// umask lets.
struct RenderedFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  /// What Linux follows in one path.
  private static let mostLinks = 40

  init(path: String) throws {
    let isNew = access(path, F_OK) != 0
    descriptor = try Self.open(path)
    self.path = path
    if isNew { SudoUser.takeOwnership(of: descriptor) }
  }

  deinit { close(descriptor) }

  var sink: DescriptorSink { DescriptorSink(descriptor: descriptor, name: path) }

  /// Links that somebody else made are not followed: in a directory that others may write to, they would
  /// choose which file root cuts.
  private static func open(_ path: String) throws -> Int32 {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    var place = path
    for _ in 0..<mostLinks {
      let descriptor = Glibc.open(place, flags | O_NOFOLLOW, 0o666)
      if descriptor >= 0 { return descriptor }
      let error = errno
      guard error == ELOOP, let link = SymbolicLink(path: place) else {
        throw failure(path, errno: error)
      }
      guard SudoUser.isTrusted(link.owner) else {
        throw CommandFailure(
          "\(path) leads over a symbolic link of another user; -o names the file itself")
      }
      guard !link.isMagic else {
        let descriptor = Glibc.open(place, flags, 0o666)
        guard descriptor >= 0 else { throw failure(path, errno: errno) }
        return descriptor
      }
      place = resolve(link.contents, beside: place)
    }
    throw failure(path, errno: ELOOP)
  }

  private static func resolve(_ target: String, beside link: String) -> String {
    guard !target.hasPrefix("/"), let slash = link.lastIndex(of: "/") else { return target }
    return link[...slash] + target
  }

  private static func failure(_ path: String, errno: Int32) -> CommandFailure {
    CommandFailure("cannot write \(path): \(String(errorNumber: errno))")
  }
}
