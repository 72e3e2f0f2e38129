import CLinux

/// A string table of a file, read a page at a time: PyTorch's has 78 MB, of which a recording needs
/// some thousand names.
final class StringPages {
  private let image: ElfImage
  private let offset: UInt64
  private let size: Int
  /// By page number modulo `mostPages`.
  private var pages: [(number: Int, bytes: [UInt8])] = []

  /// Names of neighbouring functions lie far apart: larger pages would be read for a few bytes.
  private static let pageSize = 1 << 12
  /// 4 MiB in all.
  private static let mostPages = 1 << 10
  private static let searchedSize = 1 << 20
  private static let longestString = 1 << 16

  /// Nil where the table is larger than `ReadingBounds.strings`.
  init?(_ image: ElfImage, section: ElfSection) {
    let available = image.available(section)
    // Pages are read as they are needed, and few are kept.
    guard available <= ReadingBounds.strings else {
      image.leaveOut(.symbols)
      return nil
    }
    self.image = image
    offset = section.fileOffset
    size = Int(available)
  }

  /// The bytes of a NUL-terminated string, without the NUL; nil outside the table.
  func string(at start: UInt32) -> [UInt8]? {
    var position = Int(start)
    var result: [UInt8] = []
    while position < size, result.count < Self.longestString {
      guard let page = page(position / Self.pageSize) else { return nil }
      let rest = page[(position % Self.pageSize)...]
      if let end = rest.firstIndex(of: 0) {
        result += rest[..<end]
        return result
      }
      result += rest
      position += rest.count
      if rest.isEmpty { return nil }
    }
    return nil
  }

  /// Positions at which `name` stands with a NUL behind it: its own, or the tail of a longer string.
  func positions(of name: String) -> Set<UInt32> {
    guard image.isReadable(UInt64(size), upTo: ReadingBounds.strings, as: .symbols) else {
      return []
    }
    let wanted = Array(name.utf8) + [0]
    var found: Set<UInt32> = []
    for start in stride(from: 0, to: size, by: Self.searchedSize) {
      // Strings cross the borders of pieces.
      let count = min(Self.searchedSize + wanted.count - 1, size - start)
      guard let bytes = image.transientBytes(at: offset + UInt64(start), count: count) else {
        break
      }
      // Sizes are below 2^32: `ReadingBounds.strings`.
      Self.search(bytes, for: wanted) { found.insert(UInt32(start + $0)) }
      // As many as a table can name.
      if found.count > Self.mostPositions { break }
    }
    return found
  }

  private static let mostPositions = 1 << 16

  private static func search(_ bytes: [UInt8], for wanted: [UInt8], _ body: (Int) -> Void) {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      var position = 0
      while position + wanted.count <= bytes.count,
        let hit = linux_find(base + position, bytes.count - position, wanted, wanted.count)
      {
        let place = hit - base
        body(place)
        position = place + 1
      }
    }
  }

  private func page(_ number: Int) -> [UInt8]? {
    if pages.isEmpty { pages = Array(repeating: (-1, []), count: Self.mostPages) }
    let slot = number % Self.mostPages
    if pages[slot].number == number { return pages[slot].bytes }
    let start = number * Self.pageSize
    guard
      let bytes = image.transientBytes(
        at: offset + UInt64(start), count: min(Self.pageSize, size - start))
    else { return nil }
    pages[slot] = (number, bytes)
    return bytes
  }
}
