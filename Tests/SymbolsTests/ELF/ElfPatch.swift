import Foundation

/// An ELF file whose section headers are made to lie, written as a sparse file.
struct ElfPatch {
  private(set) var bytes: [UInt8]
  /// Offset of each section's header, by name.
  private(set) var headers: [String: Int] = [:]

  /// Fields of a section header, by their offset.
  enum Field: Int, CaseIterable {
    case name = 0
    case type = 4
    case flags = 8
    case address = 16
    case offset = 24
    case size = 32
    case link = 40
    case info = 44
    case alignment = 48
    case entrySize = 56

    var width: Int { [.name, .type, .link, .info].contains(self) ? 4 : 8 }
  }

  init(path: String) throws {
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let table = Int(number(at: 0x28, 8))
    let strings = table + Int(number(at: 0x3e, 2)) * 64
    let names = Int(number(at: strings + Field.offset.rawValue, 8))
    for index in 0..<Int(number(at: 0x3c, 2)) {
      let header = table + index * 64
      let start = names + Int(number(at: header, 4))
      headers[String(decoding: bytes[start...].prefix { $0 != 0 }, as: UTF8.self)] = header
    }
  }

  func number(at offset: Int, _ width: Int) -> UInt64 {
    (0..<width).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  mutating func set(_ value: UInt64, at offset: Int, _ width: Int) {
    for index in 0..<width {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
    }
  }

  func value(_ section: String, _ field: Field) -> UInt64 {
    number(at: headers[section]! + field.rawValue, field.width)
  }

  mutating func set(_ section: String, _ field: Field, _ value: UInt64) {
    set(value, at: headers[section]! + field.rawValue, field.width)
  }

  /// Writes the file, with a hole up to `size` behind it, and `text` at `place` in the hole.
  func write(
    to path: String, size: UInt64 = 0, text: String = "", at place: UInt64 = 0
  ) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    defer { try? file.close() }
    if size > UInt64(bytes.count) { try file.truncate(atOffset: size) }
    guard !text.isEmpty else { return }
    try file.seek(toOffset: place)
    file.write(Data(text.utf8))
  }
}
