import CElfutils
import Glibc

/// Where functions start and end according to `.eh_frame`: the only boundaries that a stripped
/// file keeps (LSB core, section 10.6).
struct FrameDescriptions {
  /// One FDE.
  struct Range: Hashable {
    var start: UInt64
    var end: UInt64
    /// Of a signal trampoline: it starts one byte before its first instruction.
    var isSignalFrame: Bool
  }

  private let parser: FrameDescriptionParser
  /// `.eh_frame_hdr`: pairs of signed 32-bit distances from its own address, (function, FDE).
  private let searchTable: ByteView?
  private let searchTableBase: UInt64
  /// Used where there is no search table: all ranges, ascending, with the places of their FDEs.
  private let scanned: [(range: Range, offset: Int)]

  /// Nil if the image has no `.eh_frame` that can be found.
  init?(_ image: ElfImage) {
    guard let section = image.section(named: ".eh_frame"),
      image.isReadable(section, upTo: ReadingBounds.frames, as: .frames),
      let view = image.contents(of: section)
    else { return nil }
    parser = FrameDescriptionParser(view: view, address: section.address)
    (searchTable, searchTableBase) = Self.searchTable(image)
    scanned = searchTable == nil ? parser.scan() : []
  }

  /// The same for `.debug_frame`, which has no search table. Compressed ones are left alone.
  init?(debugFrameOf image: ElfImage) {
    guard let section = image.section(named: ".debug_frame"),
      section.flags & UInt64(SHF_COMPRESSED) == 0,
      // Three times: all of it is looked through, and what is found is kept.
      image.isReadable(
        image.available(section) &* 3, upTo: ReadingBounds.frames * 3, as: .frames),
      let view = image.contents(of: section)
    else { return nil }
    parser = FrameDescriptionParser(view: view, address: 0, isDebugFrame: true)
    (searchTable, searchTableBase) = (nil, 0)
    scanned = parser.scan()
  }

  /// The FDE that covers a link-time address.
  func range(containing address: UInt64) -> Range? {
    guard let offset = offset(before: address), let range = parser.range(at: offset)?.range,
      range.start <= address, address < range.end
    else { return nil }
    return range
  }

  /// The row of that FDE.
  func row(at address: UInt64) -> CallFrameRow? {
    guard let offset = offset(before: address), let found = parser.description(at: offset),
      found.start <= address, address < found.end
    else { return nil }
    return CallFrameProgram.row(at: address, found, in: parser.view)
  }

  /// Where the last FDE is that starts at or before an address.
  private func offset(before address: UInt64) -> Int? {
    guard let searchTable else {
      let index = lowerBound(scanned.count) { scanned[$0].range.start <= address }
      return index > 0 ? scanned[index - 1].offset : nil
    }
    let index = lowerBound(searchTable.count / 8) { entry in
      guard let start = searchTable.load(Int32.self, at: entry * 8) else { return false }
      return searchTableBase &+ UInt64(bitPattern: Int64(start)) <= address
    }
    guard index > 0, let place = searchTable.load(Int32.self, at: (index - 1) * 8 + 4)
    else { return nil }
    let fde = searchTableBase &+ UInt64(bitPattern: Int64(place)) &- parser.address
    return fde < UInt64(parser.view.count) ? Int(fde) : nil
  }

  /// The table of the encoding that every linker writes; anything else is scanned instead.
  private static func searchTable(_ image: ElfImage) -> (ByteView?, UInt64) {
    guard let section = image.section(named: ".eh_frame_hdr"),
      image.isReadable(section, upTo: ReadingBounds.frames, as: .frames),
      let view = image.contents(of: section),
      view.load(UInt32.self, at: 0) == 0x3b03_1b01,  // version 1, then three encodings
      let count = view.load(UInt32.self, at: 8), Int(count) <= (view.count - 12) / 8
    else { return (nil, 0) }
    let table = UnsafeRawBufferPointer(rebasing: view.bytes[12..<12 + Int(count) * 8])
    return (ByteView(table), section.address)
  }
}
