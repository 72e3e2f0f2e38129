import Glibc

/// Takes the chunks of a recording one after the other, and finds the next one behind a damaged one.
struct ChunkFinder {
  typealias Fetch = (_ offset: Int, _ count: Int) throws(RecordingFileError) -> [UInt8]

  enum Found {
    case chunk(WireChunk, end: Int)
    /// The file ends within it.
    case cut
    case damaged

    var isCut: Bool {
      if case .cut = self { true } else { false }
    }
  }

  private let size: Int
  private let fetch: Fetch
  /// Bytes that checksums may still be computed of while looking for chunks: a file can have any number
  /// of places that look as if one began there, each as long as the rest of the file.
  private var patience: Int
  /// Bytes that may still be looked through: a file can be one hole.
  private var searchable = 4 << 30

  /// `fetch` gives bytes at an offset within `size`, fewer only if the file shrank.
  init(size: Int, fetch: @escaping Fetch) {
    self.size = size
    self.fetch = fetch
    patience = 4 * min(size, 1 << 36) + (1 << 24)
  }

  /// What is at `offset`.
  func chunk(at offset: Int) throws(RecordingFileError) -> Found {
    guard size - offset >= FileFormat.chunkHeaderSize else { return .cut }
    let header = try fetch(offset, FileFormat.chunkHeaderSize)
    guard header.count == FileFormat.chunkHeaderSize else { return .cut }
    let length = Int(header.littleEndianPrefix())
    let start = offset + FileFormat.chunkHeaderSize
    guard length > 0, length <= FileFormat.longestChunk else { return .damaged }
    guard length <= size - start else {
      return try isLengthDamaged(length, header, start) ? .damaged : .cut
    }
    let payload = try fetch(start, length)
    guard payload.count == length else { return .cut }
    guard crc32c(payload) == header.dropFirst(4).littleEndianPrefix(),
      let chunk = WireChunk(payload: payload)
    else { return .damaged }
    return .chunk(chunk, end: start + length)
  }

  /// A length beyond the end is that of a chunk that was cut off, unless another one fits the checksum:
  /// that with one bit changed, or what is there.
  private func isLengthDamaged(
    _ length: Int, _ header: [UInt8], _ start: Int
  ) throws(RecordingFileError) -> Bool {
    let checksum = header.dropFirst(4).littleEndianPrefix()
    let rest = size - start
    // The last chunk goes to the end of the file.
    let others = ((0..<32).map { length ^ 1 << $0 } + [rest]).filter { $0 > 0 && $0 <= rest }
      .sorted()
    var sum = RunningChecksum()
    var position = 0
    for other in others {
      while position < other {
        let part = try fetch(start + position, min(1 << 20, other - position))
        guard !part.isEmpty else { return false }
        sum.add(part)
        position += part.count
      }
      if sum.value == checksum { return true }
    }
    return false
  }

  /// The next whole chunk that begins at `offset` or later and says where it stands, of the recording
  /// `number` where that is known.
  mutating func next(
    from offset: Int, of number: UInt64?, after chunkNumber: UInt64?
  ) throws(RecordingFileError) -> (chunk: WireChunk, start: Int, end: Int)? {
    var position = offset
    while let start = try candidate(from: position) {
      position = start + 1
      let header = try fetch(start, 4)
      guard header.count == 4 else { return nil }
      let length = Int(header.littleEndianPrefix())
      guard length <= size - start - FileFormat.chunkHeaderSize else { continue }
      patience -= length
      guard patience >= 0 else { return nil }
      guard case .chunk(let chunk, let end) = try self.chunk(at: start), chunk.hasPosition,
        number == nil || number == chunk.position.recording,
        chunkNumber.map({ chunk.position.number > $0 }) ?? true
      else { continue }
      return (chunk, start, end)
    }
    return nil
  }

  /// Behind the header of a chunk come the tag, a length, and what a position begins with.
  private static let lead = FileFormat.chunkHeaderSize + FileFormat.positionTag.count + 1

  /// Where bytes stand that a chunk begins with.
  private mutating func candidate(from offset: Int) throws(RecordingFileError) -> Int? {
    let least = Self.lead + FileFormat.positionStart.count
    let window = 1 << 20
    var base = max(offset, FileFormat.headerSize)
    while size - base >= least, searchable > 0 {
      let bytes = try fetch(base, min(window, size - base))
      searchable -= bytes.count
      guard bytes.count >= least else { return nil }
      if let start = Self.candidate(in: bytes) { return base + start }
      base += bytes.count - least + 1
    }
    return nil
  }

  /// The same in a part of the file.
  private static func candidate(in bytes: [UInt8]) -> Int? {
    let wanted = FileFormat.positionStart
    let tag = FileFormat.positionTag
    return bytes.withUnsafeBytes { buffer -> Int? in
      guard let base = buffer.baseAddress else { return nil }
      // The second byte is a letter, and rarer than the first.
      var from = lead + 1
      while from < buffer.count,
        let hit = memchr(base + from, Int32(wanted[1]), buffer.count - from)
      {
        let second = UnsafeRawPointer(hit) - base
        let start = second - 1 - lead
        from = second + 1
        guard second - 1 + wanted.count <= buffer.count,
          memcmp(base + second - 1, wanted, wanted.count) == 0,
          memcmp(base + start + FileFormat.chunkHeaderSize, tag, tag.count) == 0
        else { continue }
        return start
      }
      return nil
    }
  }
}
