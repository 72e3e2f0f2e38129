/// The constants of Docs/RecordingFormat.md.
enum FileFormat {
  /// The first byte is not ASCII, so that no text file starts like a recording.
  static let magic: [UInt8] = [0x89] + "HYFLAME".utf8
  static let version: UInt32 = 1
  /// Magic and version.
  static let headerSize = 12
  /// Length and checksum.
  static let chunkHeaderSize = 8

  /// Protobuf's own limit.
  static let longestChunk = Int(Int32.max)
  /// The writer starts another chunk after this many samples.
  static let samplesPerChunk = 1 << 16
  /// Deeper stacks than any thread's memory holds would only serve to exhaust a reader's.
  static let deepestStack = 1 << 14
  /// Frames that one frame may expand to: compilers inline deeply, but not without end.
  static let mostParts = 32
  /// 8 GiB of `Sample`s.
  static let mostSamples = 200_000_000
  /// Times, weights and their sums stay below, so that no consumer's sum overflows.
  static let longestTime: Int64 = 1 << 60

  /// Field 16, a message: what the payload of a chunk begins with.
  static let positionTag: [UInt8] = [0x82, 0x01]
  /// What follows the length of a position: its first field, and half of that.
  static let positionStart: [UInt8] = [0x09] + "HYF1".utf8

  /// See `Position.recording`: it tells the chunks of one recording from bytes that look alike.
  static func newRecordingNumber() -> UInt64 {
    UInt64(UInt32.random(in: 1 ... .max)) << 32 | UInt64(Array("HYF1".utf8).littleEndianPrefix())
  }

  /// More samples than this in one chunk are no writer's: taken apart, they take fifty times the memory.
  static let mostSamplesPerChunk = samplesPerChunk * 16
  /// Bytes of a name, a path or a note; what is longer ends in `…`. The longest path is as long.
  static let longestText = 4096
  /// Nodes that stacks may have once frames are expanded, or half as many again as they had before.
  static let mostExpandedStacks = 2 << 20
  /// Bytes of the names of all frames as they are shown, each spelled out: with more, longer names are cut.
  static let mostNameBytes = 256 << 20

  static func header() -> [UInt8] {
    var bytes = magic
    bytes.appendLittleEndian(version)
    return bytes
  }

  /// A chunk as it lies in the file.
  static func chunk(payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(chunkHeaderSize + payload.count)
    bytes.appendLittleEndian(UInt32(payload.count))
    bytes.appendLittleEndian(crc32c(payload))
    bytes.append(contentsOf: payload)
    return bytes
  }
}

extension [UInt8] {
  mutating func appendLittleEndian(_ value: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

extension RandomAccessCollection<UInt8> {
  /// The first four bytes; the caller has checked that they are there.
  func littleEndianPrefix() -> UInt32 {
    var value: UInt32 = 0
    for (index, byte) in prefix(4).enumerated() {
      value |= UInt32(byte) << UInt32(8 * index)
    }
    return value
  }
}
