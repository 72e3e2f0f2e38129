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
    var text = text
    mappings = text.withUTF8 { MemoryMapText($0).mappings() }
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
}
