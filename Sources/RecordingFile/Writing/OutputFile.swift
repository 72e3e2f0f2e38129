import Glibc

/// A regular file that is being written: private to its owner, never reached through a symbolic
/// link, and under sudo owned by the user who typed the command.
///
/// Opening does not change a file that is there, and nothing is ever written into one: `replace` puts a
/// new file in its place, since the old one may belong to somebody else, or be open to others.
public struct OutputFile: ~Copyable {
  public private(set) var path: String
  /// True if the file that `path` names was made here.
  public private(set) var isNew: Bool
  private var descriptor: Int32

  /// Opens `path`, creating it if it is missing. With `overwrite` false an existing file is an
  /// error, also if it appears between a check and this call.
  public init(path: String, overwrite: Bool) throws(RecordingFileError) {
    // Readable, so that it can be copied if its name is taken away.
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var descriptor = open(path, flags | O_CREAT | O_EXCL, 0o600)
    let isNew = descriptor >= 0
    if descriptor < 0, errno == EEXIST, overwrite {
      // Nothing is written into one that is there, nor read.
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    }
    guard descriptor >= 0 else { throw Self.error(path: path, errno: errno) }
    guard Self.isRegular(descriptor) else {
      _ = Glibc.close(descriptor)
      throw .notRegularFile(path: path)
    }
    guard isNew || Self.mayReplace(path) else {
      _ = Glibc.close(descriptor)
      throw .unwritable(path: path, errno: errno)
    }
    if isNew { SudoUser.takeOwnership(of: descriptor) }
    self.path = path
    self.isNew = isNew
    self.descriptor = descriptor
  }

  deinit { _ = close(descriptor) }

  /// Says why `init` would fail, without creating or changing anything.
  public static func probe(path: String, overwrite: Bool) throws(RecordingFileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw error(path: path, errno: errno) }
      guard mayMakeFiles(beside: path) else { throw error(path: path, errno: errno) }
      return
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile(path: path) }
    guard overwrite else { throw .outputExists(path: path) }
    guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0, mayReplace(path) else {
      throw error(path: path, errno: errno)
    }
  }

  /// Puts a new file with `bytes` in the place of the one that was there; on an error that one stays.
  public mutating func replace(with bytes: [UInt8]) throws(RecordingFileError) {
    let name =
      Self.directory(of: path) + "/.hyflame-" + String(UInt64.random(in: 0 ... .max), radix: 36)
    let new = open(name, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    guard new >= 0 else { throw .writeFailed(path: path, errno: errno) }
    SudoUser.takeOwnership(of: new)
    do throws(RecordingFileError) {
      try write(bytes, at: 0, into: new)
      guard rename(name, path) == 0 else { throw .writeFailed(path: path, errno: errno) }
    } catch {
      _ = unlink(name)
      _ = close(new)
      throw error
    }
    _ = close(descriptor)
    descriptor = new
    isNew = true
  }

  /// Writes all of `bytes` at `offset`; the error is an `errno`.
  public func write(_ bytes: [UInt8], at offset: Int) throws(RecordingFileError) {
    try write(bytes, at: offset, into: descriptor)
  }

  private func write(
    _ bytes: [UInt8], at offset: Int, into descriptor: Int32
  ) throws(RecordingFileError) {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        throw .writeFailed(path: path, errno: written < 0 ? errno : ENOSPC)
      }
      done += written
    }
  }

  /// Ends the file at `size` bytes.
  public func truncate(to size: Int) throws(RecordingFileError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else {
      throw .writeFailed(path: path, errno: errno)
    }
  }

  /// Removes the file if its name still means this file.
  public func remove() { identity?.removeFile() }

  /// Which file it is; nil if that cannot be told.
  public var identity: WrittenFile? { WrittenFile(path: path, descriptor: descriptor) }

  /// Whether its name still means it.
  public var isNamed: Bool { identity?.isNamed ?? false }

  /// Whether it still has the `size` bytes that were written.
  public func isWhole(_ size: Int) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_size >= off_t(size)
  }

  /// Copies the first `size` bytes of a file that has lost its name into a new one, under the same name or,
  /// if that is taken, one beside it; writes go there from now on.
  public mutating func rescue(_ size: Int) throws(RecordingFileError) {
    var name = path
    var new: Int32 = -1
    for attempt in 0..<100 where new < 0 {
      if attempt > 0 { name = path + ".rescued" + (attempt > 1 ? "-\(attempt)" : "") }
      new = open(name, O_RDWR | O_CLOEXEC | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
      guard new >= 0 || errno == EEXIST else { break }
    }
    guard new >= 0 else { throw .writeFailed(path: path, errno: errno) }
    SudoUser.takeOwnership(of: new)
    do throws(RecordingFileError) { try copy(size, into: new) } catch {
      _ = unlink(name)
      _ = close(new)
      throw error
    }
    _ = close(descriptor)
    descriptor = new
    path = name
    isNew = true
  }

  private func copy(_ size: Int, into other: Int32) throws(RecordingFileError) {
    var buffer = [UInt8](repeating: 0, count: min(size, 1 << 20))
    var offset = 0
    while offset < size {
      let count = pread(descriptor, &buffer, min(buffer.count, size - offset), off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .writeFailed(path: path, errno: count < 0 ? errno : EIO) }
      try write(Array(buffer[..<count]), at: offset, into: other)
      offset += count
    }
  }

  /// With the effective ids, for a set-user-id or capability-bearing hyflame.
  private static func mayMakeFiles(beside path: String) -> Bool {
    faccessat(AT_FDCWD, directory(of: path), W_OK | X_OK, AT_EACCESS) == 0
  }

  /// Whether the file `path` may be replaced by another: in a directory like /tmp its owner's only. Sets
  /// `errno` if not.
  private static func mayReplace(_ path: String) -> Bool {
    guard mayMakeFiles(beside: path) else { return false }
    var file = stat()
    var folder = stat()
    guard lstat(path, &file) == 0, stat(directory(of: path), &folder) == 0 else { return false }
    let owners = [0, file.st_uid, folder.st_uid]
    guard folder.st_mode & S_ISVTX != 0, !owners.contains(geteuid()) else { return true }
    errno = EPERM
    return false
  }

  private static func isRegular(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func error(path: String, errno: Int32) -> RecordingFileError {
    switch errno {
    case EEXIST: .outputExists(path: path)
    // What `open` answers for a link under O_NOFOLLOW, a FIFO without a reader, a directory.
    case ELOOP, ENXIO, EISDIR: .notRegularFile(path: path)
    default: .unwritable(path: path, errno: errno)
    }
  }
}
