/// The table that maps bytecode to lines, in the encoding of its version.
public struct LineTable: Hashable, Sendable {
  public var encoding: Encoding
  public var bytes: [UInt8]
  /// True where the end is missing, or all of it: what lies beyond has a line that is not known.
  public var isCut: Bool

  public enum Encoding: UInt8, Sendable, CaseIterable {
    /// `co_lnotab`, up to 3.9 (Objects/lnotab_notes.txt).
    case lineDeltas
    /// `co_linetable` of 3.10 (PEP 626).
    case ranges
    /// `co_linetable` from 3.11 on (Objects/locations.md).
    case locations

    public init(minor: Int) {
      self = minor <= 9 ? .lineDeltas : minor == 10 ? .ranges : .locations
    }
  }

  public init(encoding: Encoding, bytes: [UInt8], isCut: Bool = false) {
    self.encoding = encoding
    self.bytes = bytes
    self.isCut = isCut
    if isCut, encoding == .locations { dropLastEntry() }
  }

  /// An entry ends where the next one begins: of the last one of a cut table nobody knows whether all is there.
  private mutating func dropLastEntry() {
    while let last = bytes.popLast(), last & 0x80 == 0 {}
  }

  /// The line at a byte offset, or nil if the table gives it none or ends before it.
  public func line(atByteOffset offset: Int32, firstLine: Int32) -> Int32? {
    switch encoding {
    case .lineDeltas: lineFromDeltas(Int(offset), firstLine)
    case .ranges: lineFromRanges(Int(offset), firstLine)
    case .locations: lineFromLocations(Int(offset), firstLine)
    }
  }

  /// Pairs (address delta, signed line delta); a large step is split into several pairs.
  private func lineFromDeltas(_ offset: Int, _ firstLine: Int32) -> Int32? {
    var line = firstLine
    var address = 0
    for pair in stride(from: 0, to: bytes.count - 1, by: 2) {
      address += Int(bytes[pair])
      if address > offset { return line }
      line &+= Int32(Int8(bitPattern: bytes[pair + 1]))
    }
    return isCut ? nil : line
  }

  /// Pairs (length, signed line delta); delta -128 marks a range without a line.
  private func lineFromRanges(_ offset: Int, _ firstLine: Int32) -> Int32? {
    var line = firstLine
    var end = 0
    for pair in stride(from: 0, to: bytes.count - 1, by: 2) {
      let delta = Int8(bitPattern: bytes[pair + 1])
      if delta != -128 { line &+= Int32(delta) }
      end += Int(bytes[pair])
      if offset < end { return delta == -128 ? nil : line }
    }
    return nil
  }

  /// Entries whose first byte has bit 7 set: four bits of form, three of length in code units.
  private func lineFromLocations(_ offset: Int, _ firstLine: Int32) -> Int32? {
    var line = firstLine
    var end = 0
    var position = 0
    while position < bytes.count {
      let form = bytes[position] >> 3 & 15
      end += 2 * (Int(bytes[position] & 7) + 1)
      position += 1
      switch form {
      case 10...12: line &+= Int32(form) - 10
      case 13, 14: line &+= signedVarint(at: position)
      default: break
      }
      if offset < end { return form == 15 ? nil : line }
      // What is left of the entry are columns; the next entry is known by its high bit.
      while position < bytes.count, bytes[position] & 0x80 == 0 { position += 1 }
    }
    return nil
  }

  /// Six bits a byte, lowest first, bit 6 says that more follow; the lowest bit of all is the sign.
  private func signedVarint(at start: Int) -> Int32 {
    var value: UInt32 = 0
    var shift: UInt32 = 0
    var position = start
    while position < bytes.count, shift < 32 {
      value |= UInt32(bytes[position] & 63) << shift
      if bytes[position] & 64 == 0 { break }
      shift += 6
      position += 1
    }
    let magnitude = Int32(bitPattern: value >> 1)
    return value & 1 == 0 ? magnitude : 0 &- magnitude
  }
}
