import SampleTypes

/// Copies of the chunks of a thread's data stack, in which 3.11 and later keep the frames that
/// belong to no generator (`_PyStackChunk`: previous, size, top, data).
///
/// A frame is 80 to some hundred bytes and a chunk mostly 16 KiB: copying the used part of a chunk
/// once is cheaper than two reads.
struct DataStack: Sendable {
  /// `DATA_STACK_CHUNK_SIZE` (Python/pystate.c): chunks are this large unless a frame is larger.
  static let chunkSize = 16 * 1024
  static let chunkLimit = 1 << 20
  static let totalLimit = 4 << 20
  /// Room for frames that are pushed until the next sample.
  static let slack = 2048
  static let prefetchLimit = 32

  struct Chunk: Sendable {
    var start: RemoteAddress
    /// Bytes that were copied, header included.
    var count: Int
    /// Where the copy starts in `bytes`.
    var offset: Int
    var previous: RemoteAddress
    /// Size of the whole chunk in the target.
    var size: Int
  }

  /// The first bytes are a slot for one frame that lies elsewhere.
  private(set) var bytes: [UInt8]
  private let slotSize: Int
  private var chunks: [Chunk] = []
  private var lastChunks: [Chunk] = []

  init(slotSize: Int) {
    self.slotSize = slotSize
    bytes = [UInt8](repeating: 0, count: slotSize)
  }

  /// Forgets the copies, remembers where they were, and copies the innermost chunk up to `top`.
  mutating func begin(
    chunk: RemoteAddress, top: RemoteAddress, memory: inout some RemoteMemory
  ) {
    swap(&chunks, &lastChunks)
    chunks.removeAll(keepingCapacity: true)
    guard chunk.isPlausiblePointer else { return }
    // While a chunk is being pushed or popped, top still lies in the other one.
    let used = top - chunk
    let isPlausible = used >= Layout.chunkHeaderSize && used <= Self.chunkLimit
    append(chunk, count: isPlausible ? used : Self.chunkSize, memory: &memory)
  }

  /// Where the bytes `range` of a frame lie in `bytes`, as the position of the frame's start; nil
  /// if they cannot be read. `isInChunk` is false for a frame that had to be read by itself.
  mutating func position(
    of frame: RemoteAddress, range: Range<Int>, memory: inout some RemoteMemory
  ) -> (position: Int, isInChunk: Bool)? {
    if let position = positionInLastChunk(of: frame, range: range) { return (position, true) }
    if let last = chunks.last, last.previous.isPlausiblePointer,
      frame > last.previous, frame - last.previous < guess(for: last.previous)
    {
      appendOlder(last.previous, memory: &memory)
      if let position = positionInLastChunk(of: frame, range: range) { return (position, true) }
    }
    let copied = bytes.withUnsafeMutableBytes {
      memory.copyBytes(at: frame + range.lowerBound, into: .init(rebasing: $0[range]))
    }
    return copied == range.count ? (0, false) : nil
  }

  /// True if the address lies in the innermost chunk, used or not.
  func innermostContains(_ frame: RemoteAddress) -> Bool {
    guard let chunk = chunks.first else { return false }
    return frame >= chunk.start && frame - chunk.start < chunk.size
  }

  /// The ranges that hold these chunks now, up to a limit.
  func appendRanges(to ranges: inout [AddressRange]) {
    for (index, chunk) in chunks.prefix(Self.prefetchLimit).enumerated() {
      let count =
        index == 0 ? min(chunk.count + Self.slack, max(chunk.size, chunk.count)) : chunk.count
      ranges.append(AddressRange(start: chunk.start, end: chunk.start + count))
    }
  }

  /// Chains go from the innermost chunk outwards and never back, so only the last one is asked.
  private func positionInLastChunk(of frame: RemoteAddress, range: Range<Int>) -> Int? {
    guard let chunk = chunks.last else { return nil }
    let distance = frame - chunk.start
    guard distance >= Layout.chunkHeaderSize, distance <= chunk.count - range.upperBound
    else { return nil }
    return chunk.offset + distance
  }

  /// How much of an older chunk to read: what it held last time, since an older chunk does not
  /// grow.
  private func guess(for chunk: RemoteAddress) -> Int {
    for last in lastChunks.dropFirst() where last.start == chunk { return last.count }
    return Self.chunkSize
  }

  private mutating func appendOlder(_ start: RemoteAddress, memory: inout some RemoteMemory) {
    append(start, count: guess(for: start), memory: &memory)
    guard let chunk = chunks.last, chunk.start == start else { return }
    // `top`, in words, is written when a newer chunk is pushed.
    let top = bytes.withUnsafeBytes { $0.word(chunk.offset + 16) }
    guard top <= UInt64(chunk.size / 8) else { return }
    let used = Layout.chunkHeaderSize + 8 * Int(top)
    if used > chunk.count { extend(to: used, memory: &memory) }
  }

  /// Copies more of the last chunk.
  private mutating func extend(to count: Int, memory: inout some RemoteMemory) {
    let index = chunks.count - 1
    let (start, known, offset) = (chunks[index].start, chunks[index].count, chunks[index].offset)
    guard offset + count <= Self.totalLimit else { return }
    reserve(offset + count)
    chunks[index].count += bytes.withUnsafeMutableBytes {
      memory.copyBytes(
        at: start + known, into: .init(rebasing: $0[offset + known..<offset + count]))
    }
  }

  private mutating func append(
    _ start: RemoteAddress, count: Int, memory: inout some RemoteMemory
  ) {
    let offset = chunks.last.map { $0.offset + $0.count } ?? slotSize
    guard offset + count <= Self.totalLimit else { return }
    reserve(offset + count)
    let copied = bytes.withUnsafeMutableBytes {
      memory.copyBytes(at: start, into: .init(rebasing: $0[offset..<offset + count]))
    }
    guard copied >= Layout.chunkHeaderSize else { return }
    let (previous, size) = bytes.withUnsafeBytes { ($0.pointer(offset), $0.word(offset + 8)) }
    chunks.append(
      Chunk(
        start: start, count: copied, offset: offset, previous: previous,
        size: Int(min(size, UInt64(Self.chunkLimit)))))
  }

  private mutating func reserve(_ count: Int) {
    guard bytes.count < count else { return }
    bytes += [UInt8](repeating: 0, count: max(count, 2 * bytes.count) - bytes.count)
  }
}
