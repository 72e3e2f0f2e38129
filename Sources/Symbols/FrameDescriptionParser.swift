/// Reads the address range of FDEs in `.eh_frame`, and nothing else of them.
struct FrameDescriptionParser {
  let view: ByteView
  /// Link-time address of the section.
  let address: UInt64

  /// The record at a byte offset, and where the next one starts; the range is nil for a CIE and
  /// for what cannot be parsed.
  func range(at offset: Int) -> (range: FrameDescriptions.Range?, next: Int)? {
    // A length of 0 ends the section; 0xffffffff announces 64-bit DWARF, which no linker writes
    // into .eh_frame.
    guard let length = view.load(UInt32.self, at: offset), length >= 4, length < 0xffff_fff0,
      Int(length) <= view.count - offset - 4
    else { return nil }
    let next = offset + 4 + Int(length)
    guard let distance = view.load(UInt32.self, at: offset + 4), distance != 0 else {
      return (nil, next)
    }
    return (description(at: offset, cie: offset + 4 - Int(distance)), next)
  }

  /// All ranges, ascending by start.
  func scan() -> [FrameDescriptions.Range] {
    var ranges: [FrameDescriptions.Range] = []
    var offset = 0
    while let record = range(at: offset) {
      if let range = record.range { ranges.append(range) }
      offset = record.next
    }
    return ranges.sorted { $0.start < $1.start }
  }

  private func description(at offset: Int, cie: Int) -> FrameDescriptions.Range? {
    guard let augmentation = augmentation(ofCIEAt: cie) else { return nil }
    var cursor = ByteCursor(view: view, offset: offset + 8)
    let place = address &+ UInt64(cursor.offset)
    guard var start = encodedValue(&cursor, augmentation.pointerEncoding) else { return nil }
    switch augmentation.pointerEncoding & 0x70 {
    case 0x00: break
    case 0x10: start = start &+ place  // DW_EH_PE_pcrel
    default: return nil
    }
    // The length has the format of the pointer, without its base and sign.
    guard let size = encodedValue(&cursor, augmentation.pointerEncoding & 0x07), size > 0,
      !start.addingReportingOverflow(size).overflow
    else { return nil }
    return .init(start: start, end: start + size, isSignalFrame: augmentation.isSignalFrame)
  }

  private struct Augmentation {
    var pointerEncoding: UInt8 = 0
    var isSignalFrame = false
  }

  private func augmentation(ofCIEAt offset: Int) -> Augmentation? {
    guard view.load(UInt32.self, at: offset + 4) == 0,
      let version = view.load(UInt8.self, at: offset + 8), version == 1 || version == 3,
      let letters = view.stringBytes(at: offset + 9)
    else { return nil }
    var result = Augmentation()
    guard letters.first == UInt8(ascii: "z") else { return letters.isEmpty ? result : nil }
    var cursor = ByteCursor(view: view, offset: offset + 10 + letters.count)
    guard cursor.skipLEB128(), cursor.skipLEB128() else { return nil }  // alignment factors
    guard version == 1 ? cursor.next(UInt8.self) != nil : cursor.skipLEB128(),  // return address
      cursor.skipLEB128()  // length of what follows
    else { return nil }
    for letter in letters.dropFirst() {
      switch letter {
      case UInt8(ascii: "R"):
        guard let encoding = cursor.next(UInt8.self) else { return nil }
        result.pointerEncoding = encoding
      case UInt8(ascii: "P"):
        guard let encoding = cursor.next(UInt8.self), encodedValue(&cursor, encoding) != nil
        else { return nil }
      case UInt8(ascii: "L"):
        guard cursor.next(UInt8.self) != nil else { return nil }
      case UInt8(ascii: "S"): result.isSignalFrame = true
      default: return result
      }
    }
    return result
  }

  /// `DW_EH_PE_…` formats, sign-extended; LEB128 ones do not occur in FDEs.
  private func encodedValue(_ cursor: inout ByteCursor, _ encoding: UInt8) -> UInt64? {
    switch encoding & 0x0f {
    case 0x02: cursor.next(UInt16.self).map(UInt64.init)
    case 0x03: cursor.next(UInt32.self).map(UInt64.init)
    case 0x00, 0x04, 0x0c: cursor.next(UInt64.self)
    case 0x0a: cursor.next(Int16.self).map { UInt64(bitPattern: Int64($0)) }
    case 0x0b: cursor.next(Int32.self).map { UInt64(bitPattern: Int64($0)) }
    default: nil
    }
  }
}
