import CLinux
import Glibc

/// Makes the calling thread open files as somebody else, until `end`.
///
/// The kernel itself then judges every directory on the way, access control lists and security modules.
struct ReadingPermission {
  private let reader: FileReader?
  /// What this thread was before; nil where it was not changed.
  private let before: FileReader?

  /// `reader` nil changes nothing.
  init(_ reader: FileReader?) {
    self.reader = reader
    guard let reader, FileReader.isOverridingPermissions, geteuid() == 0, reader.user != 0 else {
      before = nil
      return
    }
    let before = FileReader(user: geteuid(), group: getegid(), groups: Self.ownGroups())
    guard Self.become(reader) else {
      // In a container without CAP_SETGID, say.
      _ = Self.become(before)
      self.before = nil
      return
    }
    self.before = before
  }

  func end() {
    guard let before else { return }
    // It was granted before, to the real user.
    precondition(Self.become(before), "the thread could not become root again")
  }

  /// Where the kernel does not judge for the reader: what everybody may read, and the reader's own.
  func covers(_ status: stat) -> Bool {
    guard let reader, before == nil, reader.user != 0, FileReader.isOverridingPermissions else {
      return true
    }
    return status.st_mode & S_IROTH != 0
      || status.st_uid == reader.user && status.st_mode & S_IRUSR != 0
  }

  private static func become(_ reader: FileReader) -> Bool {
    linux_read_as(reader.user, reader.group, reader.groups, reader.groups.count) == 0
  }

  private static func ownGroups() -> [UInt32] {
    let count = getgroups(0, nil)
    guard count > 0 else { return [] }
    var groups = [UInt32](repeating: 0, count: Int(count))
    let filled = getgroups(count, &groups)
    return Array(groups.prefix(Int(max(filled, 0))))
  }
}
