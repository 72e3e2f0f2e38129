import Exporters
import Glibc
import NamedFiles

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

  private static var workingDirectory: String? {
    guard let text = getcwd(nil, 0) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  private static let beginnings: [[UInt8]] =
    [
      "{\"schema\":\"hyflame.", "# callgrind format\n",
      "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<svg ",
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=",
    ].map { Array($0.utf8) }

  /// Nothing is opened but a plain file: opening a FIFO for a moment would end whoever writes to it.
  private var start: [UInt8] {
    let place = path.hasPrefix("/") ? path : (Self.workingDirectory ?? "") + "/" + path
    guard let descriptor = try? NamedFile.open(place) else { return [] }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    return Array(bytes.prefix(max(count, 0)))
  }
}
