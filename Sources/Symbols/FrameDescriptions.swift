import CElfutils

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
  /// Used where there is no search table: all ranges, ascending.
  private let scanned: [Range]

  /// Nil if the image has no `.eh_frame` that can be found.
  init?(_ image: ElfImage) {
    guard let section = image.section(named: ".eh_frame"), let view = image.contents(of: section)
    else { return nil }
    parser = FrameDescriptionParser(view: view, address: section.address)
    (searchTable, searchTableBase) = Self.searchTable(image)
    scanned = searchTable == nil ? parser.scan() : []
  }

  /// The FDE that covers a link-time address.
  func range(containing address: UInt64) -> Range? {
    let candidate = searchTable == nil ? scannedRange(before: address) : tableRange(before: address)
    guard let candidate, candidate.start <= address, address < candidate.end else { return nil }
    return candidate
  }

  private func scannedRange(before address: UInt64) -> Range? {
    let index = lowerBound(scanned.count) { scanned[$0].start <= address }
    return index > 0 ? scanned[index - 1] : nil
  }

  private func tableRange(before address: UInt64) -> Range? {
    guard let searchTable else { return nil }
    let index = lowerBound(searchTable.count / 8) { entry in
      guard let start = searchTable.load(Int32.self, at: entry * 8) else { return false }
      return searchTableBase &+ UInt64(bitPattern: Int64(start)) <= address
    }
    guard index > 0, let place = searchTable.load(Int32.self, at: (index - 1) * 8 + 4)
    else { return nil }
    let fde = searchTableBase &+ UInt64(bitPattern: Int64(place)) &- parser.address
    guard fde < UInt64(parser.view.count) else { return nil }
    return parser.range(at: Int(fde))?.range
  }

  /// The table of the encoding that every linker writes; anything else is scanned instead.
  private static func searchTable(_ image: ElfImage) -> (ByteView?, UInt64) {
    guard let section = image.section(named: ".eh_frame_hdr"),
      let view = image.contents(of: section),
      view.load(UInt32.self, at: 0) == 0x3b03_1b01,  // version 1, then three encodings
      let count = view.load(UInt32.self, at: 8), Int(count) <= (view.count - 12) / 8
    else { return (nil, 0) }
    let table = UnsafeRawBufferPointer(rebasing: view.bytes[12..<12 + Int(count) * 8])
    return (ByteView(table), section.address)
  }
}
