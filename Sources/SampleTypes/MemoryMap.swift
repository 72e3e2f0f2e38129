/// The mappings of a process at one moment, ascending, as `/proc/PID/maps` lists them
/// (proc_pid_maps(5)).
public struct MemoryMap: Sendable {
  public private(set) var mappings: [Mapping]

  public struct Mapping: Hashable, Sendable {
    public var range: AddressRange
    public var isReadable: Bool
    public var isWritable: Bool
    public var isExecutable: Bool
    /// Offset in the file, in bytes.
    public var fileOffset: UInt64
    /// `major:minor` and inode tell two files of one path apart.
    public var device: String
    public var inode: UInt64
    /// Empty for anonymous memory; `[stack]`, `[vdso]`… for the kernel's own names.
    public var path: String
    /// True where the file was unlinked or replaced after it was mapped.
    public var isDeleted: Bool

    public var isFile: Bool { inode != 0 && path.hasPrefix("/") }
  }

  public init(mappings: [Mapping]) { self.mappings = mappings }

  /// Parses the text of `/proc/PID/maps`; a line that is not of its form is passed over.
  public init(parsing text: String) {
    mappings = text.split(separator: "\n").compactMap(Self.parseLine)
  }

  /// The mapping that contains `address`.
  public func mapping(containing address: RemoteAddress) -> Mapping? {
    var low = 0
    var high = mappings.count
    while low < high {
      let middle = (low + high) / 2
      if mappings[middle].range.end <= address { low = middle + 1 } else { high = middle }
    }
    guard low < mappings.count, mappings[low].range.contains(address) else { return nil }
    return mappings[low]
  }

  /// `start-end perms offset dev inode   path`: the path may hold spaces, and ends with
  /// ` (deleted)` for an unlinked file.
  private static func parseLine(_ line: Substring) -> Mapping? {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count >= 5 else { return nil }
    let bounds = fields[0].split(separator: "-")
    guard bounds.count == 2,
      let start = UInt64(bounds[0], radix: 16),
      let end = UInt64(bounds[1], radix: 16), start < end,
      let offset = UInt64(fields[2], radix: 16),
      let inode = UInt64(fields[4])
    else { return nil }
    let permissions = Array(fields[1].utf8)
    guard permissions.count >= 3 else { return nil }
    var path = fields.count == 6 ? String(fields[5].drop(while: { $0 == " " })) : ""
    let isDeleted = path.hasSuffix(" (deleted)")
    if isDeleted { path.removeLast(" (deleted)".count) }
    return Mapping(
      range: AddressRange(start: RemoteAddress(start), end: RemoteAddress(end)),
      isReadable: permissions[0] == UInt8(ascii: "r"),
      isWritable: permissions[1] == UInt8(ascii: "w"),
      isExecutable: permissions[2] == UInt8(ascii: "x"),
      fileOffset: offset, device: String(fields[3]), inode: inode, path: path,
      isDeleted: isDeleted)
  }
}
