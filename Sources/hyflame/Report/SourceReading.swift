import Exporters
import Glibc
import NamedFiles
import ProfileModel
import RecordingFile

/// Reads the sources that a page shows.
///
/// Their paths come from the recording, which anybody may have made: a page that is passed on must
/// not carry a private key because a recording named one. So only files that are called sources, links
/// resolved, are read, only plain ones, those that the recorded program's user may read, and by default
/// only where the recording was made on this machine.
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
  private let reader: FileReader?
  private var room = Self.maximumTotal

  private init(_ report: Report, recording: String) {
    self.report = report
    reader = Self.reader(of: report, recording: recording)
  }

  /// On whose behalf files are read. Whoever we are may read them, which says enough unless we are root:
  /// then the recorded program's user must be able to. Whose that is, is the word of the recording, and
  /// counts if that is from somebody who can be relied on.
  private static func reader(of report: Report, recording: String) -> FileReader? {
    guard FileReader.isOverridingPermissions else { return nil }
    var status = stat()
    guard stat(recording, &status) == 0, let reader = report.reader else { return .anybody }
    guard SudoUser.isTrusted(status.st_uid) else {
      return FileReader(user: status.st_uid, group: FileReader.anybody.group)
    }
    return FileReader(user: reader.user, group: reader.group, groups: reader.groups)
  }

  /// `recording` is the path of the file that the report is on. `isWanted` nil: where it was made on this
  /// machine.
  static func sources(
    of report: Report, recording: String, isWanted: Bool?
  ) -> [SourceText] {
    let files = report.sourceFiles
    if isWanted == false { return files.map { left($0, "Sources were left out (--no-sources).") } }
    guard isWanted == true || report.host == hostName() else {
      let sentence = "Recorded on another machine; --sources looks for the file on this one."
      return files.map { left($0, sentence) }
    }
    guard isWanted == true || !report.hasOtherRoot else {
      let sentence =
        "The program had another root directory; --sources looks for the file in the one of now."
      return files.map { left($0, sentence) }
    }
    var reading = Self(report, recording: recording)
    return files.enumerated().map { index, file in
      index < maximumFiles
        ? reading.read(file) : left(file, "Left out: other files have more time.")
    }
  }

  private static func left(_ file: String, _ why: String) -> SourceText {
    SourceText(file: file, text: "", note: why)
  }

  private static func isSource(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() }
    return path.hasPrefix("/") && ending.map(endings.contains) == true
  }

  private mutating func read(_ file: String) -> SourceText {
    guard Self.isSource(file) else { return Self.left(file, "Not the path of a source file.") }
    let descriptor: Int32
    do throws(FileRefusal) {
      descriptor = try NamedFile.open(file, as: reader) { path, _ in Self.isSource(path) }
    } catch {
      return Self.left(file, sentence(error))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return Self.left(file, "Could not be read.") }
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

  private func sentence(_ refusal: FileRefusal) -> String {
    switch refusal {
    case .unreachable(EACCES) where reader != nil:
      reader == .anybody
        ? "The recording does not say whose it is, and not everybody may read the file."
        : "The recorded program's user (\(reader?.user ?? 0)) may not read it."
    case .unreachable(let errno):
      "Not on the machine of the report (\(String(errorNumber: errno)))."
    case .notPlain: "Not a regular file."
    case .elsewhere: "A link to something that is no source file."
    }
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
