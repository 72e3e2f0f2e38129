import Exporters
import Glibc

/// What is there already where a report is to go.
struct ExistingFile {
  private let path: String

  init(path: String) { self.path = path }

  /// Reports replace reports: files that are named as reports of this form are, that begin as one of
  /// ours, or that hold nothing. A slip such as `-f svg -o program.py` must not cost a program.
  func isReplaceable(by format: ReportFormat) -> Bool {
    var facts = stat()
    // What is no regular file, such as a terminal, loses nothing.
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size > 0 else {
      return true
    }
    return ReportFormat(path: path) == format || Self.beginnings.contains { start.starts(with: $0) }
  }

  private static let beginnings: [[UInt8]] =
    [
      "{\"schema\":\"hyflame.", "# callgrind format\n",
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<svg ",
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=",
    ].map { Array($0.utf8) }

  private var start: [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(count, 0)))
  }
}
