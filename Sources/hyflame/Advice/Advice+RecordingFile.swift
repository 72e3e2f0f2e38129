import Glibc
import RecordingFile

extension CommandFailure {
  init(_ error: RecordingFileError) {
    switch error {
    case .outputExists(let path):
      self.init("\(path) exists already; --force replaces it, -o FILE writes another file")
    case .unwritable(let path, let errno):
      let reason = "cannot write \(path): \(String(errorNumber: errno))"
      self.init(errno == EFBIG || errno == ENOSPC ? reason : reason + "; -o FILE writes elsewhere")
    case .notRegularFile(let path):
      self.init("\(path) is not a regular file, and a recording is one; name another file")
    case .writeFailed(let path, let errno):
      self.init(
        """
        cannot write \(path): \(String(errorNumber: errno)); what was written before can be read: \
        hyflame report \(path.shellQuoted)
        """)
    case .disturbed(let path, nil):
      self.init(
        """
        \(path) was cut by another program while it was recorded, so that what was sampled is lost; record \
        again into a file that nobody else writes: -o FILE
        """)
    case .disturbed(let path, let rescue?):
      self.init(
        """
        \(path) was removed or replaced while it was recorded; what was sampled is in \(rescue): \
        hyflame report \(rescue.shellQuoted)
        """)
    case .unreadable("", ENOENT):
      self.init("an empty name is no recording's; name the file that 'hyflame record' wrote")
    case .unreadable(let path, ENOENT):
      self.init(
        "there is no file \(path); to record one: hyflame record -o \(path.shellQuoted) -p PID")
    case .unreadable(let path, let errno):
      self.init("cannot read \(path): \(String(errorNumber: errno))")
    case .empty(let path):
      self.init(
        """
        \(path) holds nothing: its recorder ended before it wrote, or the file was cut; record again \
        with --force
        """)
    case .emptied(let path):
      self.init(
        """
        \(path) begins with a hole, as a recording does that something emptied while it was written, \
        and nothing behind it can be read; record again with --force
        """)
    case .notRecording(let path):
      self.init("\(path) is not a recording of hyflame; 'hyflame record' writes them")
    case .unsupportedVersion(let path, let found, let supported):
      self.init(
        """
        \(path) has format version \(found), and this hyflame reads version \(supported); report \
        it with the hyflame that recorded it
        """)
    case .damaged(let path, let offset):
      self.init("\(path) is damaged at byte \(offset), so that nothing in it can be read")
    }
  }
}
