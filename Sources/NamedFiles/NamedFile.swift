import CLinux
public import Glibc

/// Opens what a target, or a recording, names: the one way to do it.
///
/// Such a path may lead anywhere, and we may be root. It is resolved below a root, with the permissions
/// of whoever named it, and at first only found (open(2), O_PATH): nothing but a plain file on a file
/// system that stores files is then really opened, and that very file, for opening a device or a FIFO
/// may wait or do something. Reading is up to the caller, who knows how much.
public enum NamedFile {
  /// Which symbolic links are followed.
  public enum Links: Sendable {
    case all
    /// All but one that is the file itself.
    case notLast
  }

  /// A descriptor for reading `path`.
  ///
  /// - Parameters:
  ///   - root: the directory that stands for `/`, which no link and no `..` leaves; empty for our own.
  ///   - reader: the user who must be allowed to read the file. Nil: who we are, whatever that lets us.
  ///   - accepts: whether a file is wanted, by its resolved path and its status.
  public static func open(
    _ path: String, root: String = "", as reader: FileReader? = nil, links: Links = .all,
    accepts: (_ resolved: String, _ status: stat) -> Bool = { _, _ in true }
  ) throws(FileRefusal) -> Int32 {
    let directory = Glibc.open(
      root.isEmpty ? "/" : root, linux_O_PATH | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .unreachable(errno: errno) }
    defer { close(directory) }
    let permission = ReadingPermission(reader)
    defer { permission.end() }
    let place = try find(path, in: directory, links)
    defer { close(place) }
    return try reopen(place, permission, accepts)
  }

  /// A descriptor for reading the file behind a link of `/proc/PID`, which the kernel made: `exe`, or one
  /// of `map_files`. Whoever maps a file has opened it.
  public static func open(behindKernelsLink path: String) throws(FileRefusal) -> Int32 {
    let place = Glibc.open(path, linux_O_PATH | O_CLOEXEC)
    guard place >= 0 else { throw .unreachable(errno: errno) }
    defer { close(place) }
    let permission = ReadingPermission(nil)
    return try reopen(place, permission) { _, _ in true }
  }

  /// A descriptor that names the file, without opening it.
  private static func find(
    _ path: String, in directory: Int32, _ links: Links
  ) throws(FileRefusal) -> Int32 {
    let flags = linux_O_PATH | (links == .notLast ? O_NOFOLLOW : 0)
    let place = linux_open_in_root(directory, path, flags)
    guard place < 0 else { return Int32(place) }
    // Before Linux 5.6, or in a container that does not know the call yet.
    guard place == -Int(ENOSYS) || place == -Int(EPERM), isOwnRoot(directory) else {
      throw .unreachable(errno: Int32(-place))
    }
    let found = Glibc.open(path, flags | O_CLOEXEC)
    guard found >= 0 else { throw .unreachable(errno: errno) }
    return found
  }

  private static func isOwnRoot(_ directory: Int32) -> Bool {
    var its = stat()
    var ours = stat()
    return fstat(directory, &its) == 0 && stat("/", &ours) == 0 && its.st_dev == ours.st_dev
      && its.st_ino == ours.st_ino
  }

  private static func reopen(
    _ place: Int32, _ permission: borrowing ReadingPermission,
    _ accepts: (_ resolved: String, _ status: stat) -> Bool
  ) throws(FileRefusal) -> Int32 {
    var status = stat()
    guard fstat(place, &status) == 0 else { throw .unreachable(errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG, !isMadeUp(place) else { throw .notPlain }
    guard permission.covers(status) else { throw .unreachable(errno: EACCES) }
    guard accepts(resolvedPath(of: place), status) else { throw .elsewhere }
    let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
    let descriptor = Glibc.open("/proc/self/fd/\(place)", flags)
    guard descriptor >= 0 else { throw .unreachable(errno: errno) }
    return descriptor
  }

  private static func resolvedPath(of place: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = bytes.withUnsafeMutableBytes {
      readlink(
        "/proc/self/fd/\(place)", $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }

  /// File systems whose plain files are questions to the kernel: reading one may wait, or do something
  /// (statfs(2)).
  private static let madeUp: Set<UInt32> = [
    0x9fa0,  // proc
    0x6265_6572,  // sysfs
    0x6462_6720,  // debugfs
    0x7472_6163,  // tracefs
    0x7363_6673,  // securityfs
    0x6265_6570,  // configfs
    0x27e0_eb, 0x6367_7270,  // cgroup, cgroup2
    0xcafe_4a11,  // bpf
    0x6165_676c,  // pstore
    0xde5e_81e4,  // efivarfs
    0xf97c_ff8c,  // selinux
    0x4341_5d53,  // smackfs
    0x0187,  // autofs
    0x6e73_6673,  // nsfs
    0x1980_0202,  // mqueue
    0x4249_4e4d,  // binfmt_misc
  ]

  private static func isMadeUp(_ descriptor: Int32) -> Bool {
    let type = linux_filesystem_type(descriptor)
    return type < 0 || madeUp.contains(UInt32(truncatingIfNeeded: type))
  }
}
