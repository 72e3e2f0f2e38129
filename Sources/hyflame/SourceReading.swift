import Exporters
import Glibc

/// Reads the sources that a page shows.
///
/// Their paths come from the recording, which anybody may have made: a page that is passed on must
/// not carry a private key because a recording named one. So only files that are called sources are
/// read, only regular ones, and by default only where the recording was made on this machine.
struct SourceReading {
  private static let maximumSize = 512 << 10
  private static let maximumTotal = 2 << 20
  private static let maximumFiles = 300
  private static let endings: Set<String> = [
    "py", "pyx", "pxd", "pxi", "pyw", "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "hxx", "inc",
    "inl",
    "tcc", "ipp", "rs", "go", "s", "f", "f90", "cu", "cuh", "swift", "d", "zig", "nim", "template",
  ]

  private let report: Report
  private var room = Self.maximumTotal

  init(_ report: Report) { self.report = report }

  /// `isWanted` nil: where the recording was made on this machine.
  static func sources(of report: Report, isWanted: Bool?) -> [SourceText] {
    let files = report.sourceFiles
    if isWanted == false { return files.map { left($0, "Sources were left out (--no-sources).") } }
    guard isWanted == true || report.host == hostName() else {
      let sentence = "Recorded on another machine; --sources looks for the file on this one."
      return files.map { left($0, sentence) }
    }
    var reading = Self(report)
    return files.enumerated().map { index, file in
      index < maximumFiles
        ? reading.read(file) : left(file, "Left out: other files have more time.")
    }
  }

  private static func left(_ file: String, _ why: String) -> SourceText {
    SourceText(file: file, text: "", note: why)
  }

  private mutating func read(_ file: String) -> SourceText {
    let name = file.split(separator: "/").last ?? ""
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
    guard file.hasPrefix("/"), let ending, Self.endings.contains(ending) else {
      return Self.left(file, "Not the path of a source file.")
    }
    // Neither waits for a writer of a FIFO nor becomes the reader of a terminal.
    let descriptor = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return Self.left(file, "Not on the machine of the report (\(String(errorNumber: errno))).")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return Self.left(file, "Not a regular file.")
    }
    guard status.st_size <= Self.maximumSize, status.st_size <= room else {
      return Self.left(file, "Left out: too large for this page.")
    }
    guard let bytes = contents(descriptor, size: Int(status.st_size)) else {
      return Self.left(file, "Could not be read.")
    }
    room -= bytes.count
    let changed = Int64(status.st_mtim.tv_sec) &* 1_000_000_000
    let note =
      changed > report.endTime ? "Changed since the recording: lines may have moved." : ""
    return SourceText(file: file, text: String(decoding: bytes, as: UTF8.self), note: note)
  }

  /// At most `size` bytes: the file may grow meanwhile.
  private func contents(_ descriptor: Int32, size: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: size)
    var filled = 0
    while filled < size {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress! + filled, size - filled)
      }
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      filled += count
    }
    return Array(bytes.prefix(filled))
  }

  private static func hostName() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
