import Glibc
import LinuxIO
import NamedFiles
import RecordingFile

/// A report in a file. Unlike recordings, reports may be replaced, and read by anybody whom the
/// umask lets.
///
/// Nothing is written into a plain file that is there: a new one takes its place when it is whole. The
/// old one may be another name of a file elsewhere, which somebody else made so that root would cut it.
struct RenderedFile: ~Copyable {
  private let path: String
  private let descriptor: Int32
  /// The name that the file gets, for what is written beside it until it is whole.
  private let place: String?
  /// The name that it has until then; nil for a file that has none.
  private var temporary: String?

  /// What Linux follows in one path.
  private static let mostLinks = 40
  /// Hidden without _GNU_SOURCE (include/uapi/asm-generic/fcntl.h): O_TMPFILE.
  private static let unnamed: Int32 = 0o20_000_000 | O_DIRECTORY

  init(path: String) throws {
    self.path = path
    switch try Self.destination(path) {
    case .stream(let descriptor):
      self.descriptor = descriptor
      place = nil
      temporary = nil
    case .file(let place, let old):
      let created = try Self.create(beside: place, path)
      descriptor = created.descriptor
      temporary = created.temporary
      self.place = place
      // Permissions that its owner has set are kept.
      if let old, old.st_uid == geteuid() { fchmod(descriptor, old.st_mode & 0o777) }
      SudoUser.takeOwnership(of: descriptor)
    }
  }

  deinit {
    if let temporary { unlink(temporary) }
    close(descriptor)
  }

  var sink: DescriptorSink { DescriptorSink(descriptor: descriptor, name: path) }

  /// Gives the file its name, now that all is written.
  mutating func commit() throws {
    guard let place else { return }
    if temporary == nil {
      let name = Self.hiddenName(beside: place)
      guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
      else { throw Self.failure(path, errno: errno) }
      temporary = name
    }
    guard let temporary, rename(temporary, place) == 0 else {
      throw Self.failure(path, errno: errno)
    }
    self.temporary = nil
  }

  private enum Destination {
    /// A terminal, pipe or device, open.
    case stream(Int32)
    case file(String, old: stat?)
  }

  /// Links that somebody else made are not followed: in a directory that others may write to, they would
  /// choose which file root replaces.
  private static func destination(_ path: String) throws -> Destination {
    var place = path
    for _ in 0..<mostLinks {
      if let link = SymbolicLink(path: place) {
        guard SudoUser.isTrusted(link.owner) else {
          throw CommandFailure(
            "\(path) leads over a symbolic link of another user; -o names the file itself")
        }
        if link.isMagic { return .stream(try openStream(place, path)) }
        place = resolve(link.contents, beside: place)
        continue
      }
      var status = stat()
      guard lstat(place, &status) == 0 else {
        guard errno == ENOENT else { throw failure(path, errno: errno) }
        return .file(place, old: nil)
      }
      switch status.st_mode & S_IFMT {
      case S_IFREG:
        guard access(place, W_OK) == 0 else { throw failure(path, errno: errno) }
        return .file(place, old: status)
      case S_IFDIR: throw failure(path, errno: EISDIR)
      default:
        guard SudoUser.isTrusted(status.st_uid) else {
          throw CommandFailure(
            "\(path) is a pipe or device of another user; -o names a file, or one of your own")
        }
        return .stream(try openStream(place, path, expected: FileIdentity(status)))
      }
    }
    throw failure(path, errno: ELOOP)
  }

  private static func openStream(
    _ place: String, _ path: String, expected: FileIdentity? = nil
  ) throws -> Int32 {
    let flags = O_WRONLY | O_CLOEXEC | (expected == nil ? O_TRUNC : O_NOFOLLOW)
    let descriptor = open(place, flags)
    guard descriptor >= 0 else { throw failure(path, errno: errno) }
    var status = stat()
    if let expected, fstat(descriptor, &status) != 0 || FileIdentity(status) != expected {
      close(descriptor)
      throw CommandFailure("\(path) became another file meanwhile; try again")
    }
    return descriptor
  }

  /// A file without a name, which leaves nothing behind if we are interrupted; or with a hidden one, where
  /// the file system knows no others.
  private static func create(
    beside place: String, _ path: String
  ) throws -> (descriptor: Int32, temporary: String?) {
    let flags = O_WRONLY | O_CLOEXEC
    let nameless = open(directory(of: place), flags | unnamed, 0o666)
    if nameless >= 0 { return (nameless, nil) }
    let name = hiddenName(beside: place)
    let descriptor = open(name, flags | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw failure(path, errno: errno) }
    return (descriptor, name)
  }

  private static func hiddenName(beside place: String) -> String {
    directory(of: place) + "/.hyflame-" + String(UInt64.random(in: 0 ... .max), radix: 36)
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func resolve(_ target: String, beside link: String) -> String {
    guard !target.hasPrefix("/"), let slash = link.lastIndex(of: "/") else { return target }
    return link[...slash] + target
  }

  private static func failure(_ path: String, errno: Int32) -> CommandFailure {
    CommandFailure("cannot write \(path): \(String(errorNumber: errno))")
  }
}
