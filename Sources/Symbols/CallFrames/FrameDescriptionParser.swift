/// Reads FDEs in `.eh_frame` (LSB core, section 10.6) or `.debug_frame` (DWARF 5, section 6.4.1).
struct FrameDescriptionParser {
  let view: ByteView
  /// Link-time address of the section.
  let address: UInt64
  var isDebugFrame = false

  /// The address range of the record at a byte offset, and where the next one starts; the range is
  /// nil for a CIE and for what cannot be parsed.
  func range(at offset: Int) -> (range: FrameDescriptions.Range?, next: Int)? {
    guard let (next, cie) = record(at: offset) else { return nil }
    let found = cie.flatMap { description(at: offset, end: next, cie: $0) }
    return (
      found.map { .init(start: $0.start, end: $0.end, isSignalFrame: $0.isSignalFrame) }, next
    )
  }

  /// The FDE at a byte offset.
  func description(at offset: Int) -> FrameDescription? {
    guard let (next, cie) = record(at: offset), let cie else { return nil }
    return description(at: offset, end: next, cie: cie)
  }

  /// All ranges with their places, ascending by start.
  func scan() -> [(range: FrameDescriptions.Range, offset: Int)] {
    var ranges: [(range: FrameDescriptions.Range, offset: Int)] = []
    var offset = 0
    while let record = range(at: offset) {
      if let range = record.range { ranges.append((range, offset)) }
      offset = record.next
    }
    return ranges.sorted { $0.range.start < $1.range.start }
  }

  /// The end of a record, and where the CIE of an FDE is.
  private func record(at offset: Int) -> (next: Int, cie: Int?)? {
    // A length of 0 ends the section; 0xffffffff announces 64-bit DWARF, which no linker writes
    // into .eh_frame.
    guard let length = view.load(UInt32.self, at: offset), length >= 4, length < 0xffff_fff0,
      Int(length) <= view.count - offset - 4, let pointer = view.load(UInt32.self, at: offset + 4)
    else { return nil }
    let next = offset + 4 + Int(length)
    if isDebugFrame { return (next, pointer == .max ? nil : Int(pointer)) }
    return (next, pointer == 0 ? nil : offset + 4 - Int(pointer))
  }

  private func description(at offset: Int, end: Int, cie: Int) -> FrameDescription? {
    guard let common = commonInformation(at: cie) else { return nil }
    var cursor = ByteCursor(view: view, offset: offset + 8)
    let place = address &+ UInt64(cursor.offset)
    guard var start = cursor.encodedValue(common.pointerEncoding) else { return nil }
    switch common.pointerEncoding & 0x70 {
    case 0x00: break
    case 0x10: start = start &+ place  // DW_EH_PE_pcrel
    default: return nil
    }
    // The length has the format of the pointer, without its base and sign.
    guard let size = cursor.encodedValue(common.pointerEncoding & 0x07), size > 0,
      !start.addingReportingOverflow(size).overflow
    else { return nil }
    if common.hasAugmentationData {
      guard let length = cursor.unsignedLEB128(), length <= UInt64(view.count) else { return nil }
      cursor.offset += Int(length)
    }
    guard cursor.offset <= end else { return nil }
    return FrameDescription(
      start: start, end: start + size, isSignalFrame: common.isSignalFrame,
      codeAlignment: common.codeAlignment, dataAlignment: common.dataAlignment,
      pointerEncoding: common.pointerEncoding, sectionAddress: address,
      initialInstructions: common.instructions, instructions: cursor.offset..<end)
  }

  private struct CommonInformation {
    var codeAlignment: UInt64 = 1
    var dataAlignment: Int64 = 1
    var pointerEncoding: UInt8 = 0
    var isSignalFrame = false
    var hasAugmentationData = false
    var instructions = 0..<0
  }

  private func commonInformation(at offset: Int) -> CommonInformation? {
    guard offset >= 0, let (end, parent) = record(at: offset), parent == nil,
      let version = view.load(UInt8.self, at: offset + 8),
      version == 1 || version == 3
        || (version == 4 && isDebugFrame), let letters = view.stringBytes(at: offset + 9)
    else { return nil }
    var result = CommonInformation()
    var cursor = ByteCursor(view: view, offset: offset + 10 + letters.count)
    if version == 4 {
      guard cursor.next(UInt8.self) == 8, cursor.next(UInt8.self) == 0 else { return nil }
    }
    guard let code = cursor.unsignedLEB128(), let data = cursor.signedLEB128(),
      let register = version == 1
        ? cursor.next(UInt8.self).map(UInt64.init) : cursor.unsignedLEB128(),
      register == 16
    else { return nil }
    (result.codeAlignment, result.dataAlignment) = (code, data)
    guard augment(&result, letters, &cursor), cursor.offset <= end else { return nil }
    result.instructions = cursor.offset..<end
    return result
  }

  private func augment(
    _ result: inout CommonInformation, _ letters: UnsafeRawBufferPointer, _ cursor: inout ByteCursor
  ) -> Bool {
    guard letters.first == UInt8(ascii: "z") else { return letters.isEmpty }
    guard let length = cursor.unsignedLEB128(), length <= UInt64(view.count) else { return false }
    let end = cursor.offset + Int(length)
    result.hasAugmentationData = true
    letters: for letter in letters.dropFirst() {
      switch letter {
      case UInt8(ascii: "R"):
        guard let encoding = cursor.next(UInt8.self) else { return false }
        result.pointerEncoding = encoding
      case UInt8(ascii: "P"):
        guard let encoding = cursor.next(UInt8.self), cursor.encodedValue(encoding) != nil
        else { return false }
      case UInt8(ascii: "L"):
        guard cursor.next(UInt8.self) != nil else { return false }
      case UInt8(ascii: "S"): result.isSignalFrame = true
      default: break letters
      }
    }
    cursor.offset = end
    return true
  }
}
