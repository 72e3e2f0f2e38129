import Glibc

/// Reads the two kinds of file in which programs name the code that they make, as far as they are
/// written: their makers append to them while they run.
public struct JitFileParser: Sendable {
  public enum Format: Sendable {
    /// `/tmp/perf-PID.map`: a line each, `START SIZE NAME`, hexadecimal without 0x (Linux,
    /// tools/perf/Documentation/jit-interface.txt).
    case perfMap
    /// `jit-PID.dump` (Linux, tools/perf/Documentation/jitdump-specification.txt).
    case jitDump
  }

  public let format: Format
  /// What has arrived of a line or record that is not whole yet.
  private var rest: [UInt8] = []
  private var hasHeader = false
  /// Bytes of a record that is longer than anything that is kept.
  private var skipping: UInt64 = 0
  private var isBroken = false

  /// Longer records hold much code; only their beginning is looked at.
  private static let longestRecord = 1 << 22
  private static let longestLine = 4096

  public init(format: Format) { self.format = format }

  /// Takes what was appended to the file since the last time.
  public mutating func parse(_ bytes: [UInt8], into symbols: inout JitSymbols) {
    guard !isBroken else { return }
    let skipped = Int(min(skipping, UInt64(bytes.count)))
    skipping -= UInt64(skipped)
    rest.append(contentsOf: bytes[skipped...])
    switch format {
    case .perfMap: parseLines(into: &symbols)
    case .jitDump: parseRecords(into: &symbols)
    }
  }

  // MARK: perf map

  private mutating func parseLines(into symbols: inout JitSymbols) {
    var start = 0
    rest.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      while let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start) {
        let end = UnsafeRawPointer(found) - base
        Self.parseLine(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: &symbols)
        start = end + 1
      }
    }
    rest.removeFirst(start)
    // A line without end: what follows it is lost, too.
    if rest.count > Self.longestLine { rest.removeAll() }
  }

  /// `START SIZE NAME`, between any number of blanks; the name goes on to the end of the line.
  private static func parseLine(_ line: UnsafeRawBufferPointer, into symbols: inout JitSymbols) {
    var position = 0
    guard let start = hexadecimal(line, &position), let size = hexadecimal(line, &position) else {
      return
    }
    skipBlanks(line, &position)
    symbols.add(
      start: start, size: size, name: UnsafeRawBufferPointer(rebasing: line[position...]))
  }

  private static func skipBlanks(_ line: UnsafeRawBufferPointer, _ position: inout Int) {
    while position < line.count, line[position] == UInt8(ascii: " ") { position += 1 }
  }

  /// A number of at most 16 digits with a blank behind it.
  private static func hexadecimal(
    _ line: UnsafeRawBufferPointer, _ position: inout Int
  ) -> UInt64? {
    skipBlanks(line, &position)
    let first = position
    var value: UInt64 = 0
    while position < line.count, line[position] != UInt8(ascii: " ") {
      let digit: UInt8
      switch line[position] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = line[position] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = line[position] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = line[position] - UInt8(ascii: "A") + 10
      default: return nil
      }
      guard value >> 60 == 0 else { return nil }
      value = value << 4 | UInt64(digit)
      position += 1
    }
    return position > first && position < line.count ? value : nil
  }

  // MARK: jitdump

  private mutating func parseRecords(into symbols: inout JitSymbols) {
    var offset = 0
    rest.withUnsafeBytes { bytes in
      let view = ByteView(bytes)
      if !hasHeader {
        // Magic "JiTD" of a little-endian writer, version, size of the header.
        guard let magic = view.load(UInt32.self, at: 0), let size = view.load(UInt32.self, at: 8)
        else { return }
        guard magic == 0x4a69_5444, size >= 40, size <= 4096 else {
          isBroken = true
          return
        }
        guard view.count >= Int(size) else { return }
        hasHeader = true
        offset = Int(size)
      }
      while let kind = view.load(UInt32.self, at: offset),
        let size = view.load(UInt32.self, at: offset + 4)
      {
        guard size >= 16 else {
          isBroken = true
          return
        }
        let available = view.count - offset
        guard available >= Int(size) || available >= Self.longestRecord else { return }
        let record = ByteView(
          UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + min(Int(size), available)]))
        Self.parse(record, kind: kind, into: &symbols)
        skipping = UInt64(max(0, Int(size) - available))
        offset += min(Int(size), available)
      }
    }
    rest.removeFirst(offset)
  }

  private static func parse(_ record: ByteView, kind: UInt32, into symbols: inout JitSymbols) {
    func word(_ offset: Int) -> UInt64? { record.load(UInt64.self, at: offset) }
    switch kind {
    case 0:  // JIT_CODE_LOAD
      guard let start = word(32), let size = word(40), let name = record.stringBytes(at: 56)
      else { return }
      symbols.add(start: start, size: size, name: name)
    case 1:  // JIT_CODE_MOVE
      guard let old = word(32), let new = word(40), let size = word(48) else { return }
      symbols.move(from: old, to: new, size: size)
    default: break
    }
  }
}
