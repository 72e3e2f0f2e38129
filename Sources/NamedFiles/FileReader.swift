import Glibc

/// The user on whose behalf a file is read: whoever named it must be allowed to read it.
public struct FileReader: Hashable, Sendable {
  public var user: UInt32
  public var group: UInt32
  /// Supplementary groups.
  public var groups: [UInt32]

  public init(user: UInt32, group: UInt32, groups: [UInt32] = []) {
    self.user = user
    self.group = group
    self.groups = groups
  }

  /// Somebody without anything: may read what everybody may (the kernel's overflow user).
  public static let anybody = FileReader(user: 65534, group: 65534)

  /// As whom a process opens files: the user and the groups for the file system of
  /// `/proc/PID/status`. `anybody` where that cannot be read.
  public init(ofProcess pid: Int32) {
    self = Self.text("/proc/\(pid)/status").flatMap { Self(status: $0) } ?? .anybody
  }

  /// Who may read what both the real user of a process and the one as whom it opens files may: whoever runs a
  /// set-user-id program has a say in what that names. Nil where that cannot be read.
  public static func least(ofProcess pid: Int32) -> FileReader? {
    guard let status = text("/proc/\(pid)/status"), let real = Self(status: status, column: 0),
      let opening = Self(status: status)
    else { return nil }
    return real.least(opening)
  }

  /// Who may read only what both may. Root may read all that anybody else may.
  public func least(_ other: FileReader) -> FileReader {
    if self == other || other.user == 0 { return self }
    return user == 0 ? other : .anybody
  }

  /// From the lines `Uid:`, `Gid:` and `Groups:` (proc_pid_status(5)); nil without them.
  ///
  /// - Parameter column: 0 real, 1 effective, 2 saved, 3 of the file system.
  init?(status: String, column: Int = 3) {
    var numbers: [Substring: [UInt32]] = [:]
    for line in status.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = line[..<colon]
      guard ["Uid", "Gid", "Groups"].contains(name) else { continue }
      let fields = line[line.index(after: colon)...].split { $0 == " " || $0 == "\t" }
      numbers[name] = fields.compactMap { UInt32($0) }
    }
    guard let users = numbers["Uid"], users.count == 4, let groups = numbers["Gid"],
      groups.count == 4
    else { return nil }
    self.init(user: users[column], group: groups[column], groups: numbers["Groups"] ?? [])
  }

  /// The beginning of a file of `/proc`; 65,536 groups of ten digits fit.
  private static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < 1 << 20 {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// True where the kernel would let us read files that their permissions keep from us: as root, or with
  /// CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH (capabilities(7), bits 1 and 2).
  public static let isOverridingPermissions: Bool = {
    if geteuid() == 0 { return true }
    let status = text("/proc/self/status") ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let digits = line?.dropFirst("CapEff:".count).drop { $0 == "\t" || $0 == " " } ?? ""
    return (UInt64(digits, radix: 16) ?? 0) & 0b110 != 0
  }()
}
