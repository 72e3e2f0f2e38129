import Glibc
import RecordingFile

/// A report in a file. Unlike recordings, reports may be replaced, and read by anybody whom the
/// umask lets.
struct RenderedFile: ~Copyable {
  private let path: String
  private let descriptor: Int32

  init(path: String) throws {
    let isNew = access(path, F_OK) != 0
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    self.path = path
    guard descriptor >= 0 else {
      throw CommandFailure("cannot write \(path): \(String(errorNumber: errno))")
    }
    if isNew { SudoUser.takeOwnership(of: descriptor) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  var sink: DescriptorSink { DescriptorSink(descriptor: descriptor, name: path) }
}
