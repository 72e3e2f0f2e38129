/// Parses `/proc/PID/maps` (proc_pid_maps(5)) byte by byte: a process has a thousand lines of it, and
/// while it loads libraries they are read hundreds of times.
struct MemoryMapText {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// Of the line before; the mappings of one file mostly follow each other.
  private var path = ""
  private var device = ""

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  consuming func mappings() -> [MemoryMap.Mapping] {
    var found: [MemoryMap.Mapping] = []
    while position < bytes.count {
      let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if let mapping = mapping(endingAt: end) { found.append(mapping) }
      position = end + 1
    }
    return found
  }

  /// `start-end perms offset dev inode   path`: the path may hold spaces, and ends with
  /// ` (deleted)` for an unlinked file.
  private mutating func mapping(endingAt end: Int) -> MemoryMap.Mapping? {
    guard let start = number(radix: 16, until: UInt8(ascii: "-"), end),
      let limit = number(radix: 16, until: Self.space, end), start < limit,
      let permissions = field(end), permissions.count >= 3,
      let offset = number(radix: 16, until: Self.space, end),
      let device = field(end),
      let inode = number(radix: 10, until: Self.space, end)
    else { return nil }
    while position < end, bytes[position] == Self.space { position += 1 }
    var rest = bytes[position..<end]
    let isDeleted =
      rest.count > Self.deleted.count
      && rest.suffix(Self.deleted.count)
        .elementsEqual(Self.deleted)
    if isDeleted { rest = rest.dropLast(Self.deleted.count) }
    Self.keep(rest, in: &path)
    Self.keep(device, in: &self.device)
    return MemoryMap.Mapping(
      range: AddressRange(start: RemoteAddress(start), end: RemoteAddress(limit)),
      isReadable: permissions[permissions.startIndex] == UInt8(ascii: "r"),
      isWritable: permissions[permissions.startIndex + 1] == UInt8(ascii: "w"),
      isExecutable: permissions[permissions.startIndex + 2] == UInt8(ascii: "x"),
      fileOffset: offset, device: self.device, inode: inode, path: path, isDeleted: isDeleted)
  }

  /// Makes `text` a string of `bytes` unless it is that already.
  private static func keep(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, in text: inout String) {
    if !text.utf8.elementsEqual(bytes) { text = String(decoding: bytes, as: UTF8.self) }
  }

  /// The bytes up to the next space, which is passed.
  private mutating func field(_ end: Int) -> Slice<UnsafeBufferPointer<UInt8>>? {
    let field = bytes[position..<end].prefix { $0 != Self.space }
    position = min(field.endIndex + 1, end)
    return field.isEmpty ? nil : field
  }

  /// The number up to `separator`, which is passed, or to the line's end.
  private mutating func number(radix: UInt64, until separator: UInt8, _ end: Int) -> UInt64? {
    var value: UInt64 = 0
    let first = position
    while position < end, bytes[position] != separator {
      guard let digit = Self.digit(bytes[position]), digit < radix, value >> 60 == 0
      else { return nil }
      value = value &* radix &+ digit
      position += 1
    }
    guard position > first else { return nil }
    position = min(position + 1, end)
    return value
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a")) + 10
    default: nil
    }
  }

  private static let space = UInt8(ascii: " ")
  private static let deleted = Array(" (deleted)".utf8)
}
