import NamedFiles

/// As whom, and where, the recorded programs open files: what a recording names, a report may show only as far as each
/// of them could have read it. A process has others' files in its memory as easily as its own names.
struct FileAccess: Equatable {
  /// Who may read what all of them may, whenever they were looked at; nil if none was.
  private(set) var reader: FileReader?
  /// True if one has paths that are not ours: in a container, or after chroot(2).
  private(set) var hasOtherRoot = false

  /// Programs change both: to be called whenever one may have.
  mutating func look(at pid: Int32) {
    guard let now = FileReader.least(ofProcess: pid) else { return }
    reader = reader?.least(now) ?? now
    let (its, ours) = (FileIdentity("/proc/\(pid)/root/."), FileIdentity("/."))
    if let its, let ours, its != ours { hasOtherRoot = true }
  }
}
