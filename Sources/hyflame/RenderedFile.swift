import Glibc
import RecordingFile

/// A report in a file. Unlike recordings, reports may be replaced, and read by anybody whom the
/// umask lets.
enum RenderedFile {
  static func write(_ bytes: [UInt8], to path: String) throws {
    let isNew = access(path, F_OK) != 0
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    if isNew { SudoUser.takeOwnership(of: descriptor) }
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure(path) }
      done += written
    }
  }

  private static func failure(_ path: String) -> CommandFailure {
    CommandFailure("cannot write \(path): \(String(errorNumber: errno))")
  }
}
