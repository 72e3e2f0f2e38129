public import ProfileModel
import SwiftProtobuf

/// Reads recordings, whoever wrote them: every length, index and value is checked.
public enum RecordingReader {
  /// The recording in the file at `path`.
  ///
  /// A file that ends early or is damaged gives what its whole chunks hold before that point:
  /// `Ledger.isComplete` is then false, and for damage a note in the ledger says where it is.
  public static func read(path: String) throws(RecordingFileError) -> Profile {
    let file = try InputFile(path: path)
    let offered = file.size
    return try read(path: path, size: offered) { offset, count throws(RecordingFileError) in
      try file.bytes(at: offset, count: count)
    }
  }

  /// The recording in `bytes`; errors name it `path`.
  public static func read(
    bytes: [UInt8], path: String
  ) throws(RecordingFileError) -> Profile {
    try read(path: path, size: bytes.count) { offset, count in
      Array(bytes[offset..<offset + count])
    }
  }

  /// `fetch` gives bytes at an offset within `size`, fewer only if the file shrank.
  private static func read(
    path: String, size: Int,
    fetch: (_ offset: Int, _ count: Int) throws(RecordingFileError) -> [UInt8]
  ) throws(RecordingFileError) -> Profile {
    try checkHeader(try fetch(0, min(size, FileFormat.headerSize)), path: path)
    var builder = ProfileBuilder()
    var offset = FileFormat.headerSize
    var damage: Int?

    while !builder.isComplete, size - offset >= FileFormat.chunkHeaderSize {
      let header = try fetch(offset, FileFormat.chunkHeaderSize)
      guard header.count == FileFormat.chunkHeaderSize else { break }
      let length = Int(header.littleEndianPrefix())
      let start = offset + FileFormat.chunkHeaderSize
      guard length > 0, length <= FileFormat.longestChunk else {
        damage = offset
        break
      }
      guard length <= size - start else {
        let rest = try fetch(start, min(size - start, FileFormat.longestChunk))
        if isLengthDamaged(length, header, rest: rest) {
          damage = offset
        }
        break
      }
      let payload = try fetch(start, length)
      guard payload.count == length else { break }
      guard crc32c(payload) == header.dropFirst(4).littleEndianPrefix(),
        let chunk = try? WireChunk(serializedBytes: payload), builder.append(chunk)
      else {
        damage = offset
        break
      }
      offset = start + length
    }

    if damage == FileFormat.headerSize { throw .damaged(path: path, offset: offset) }
    if builder.isEmpty { throw .empty(path: path) }
    if builder.isComplete, offset < size { damage = offset }
    return builder.finish(damageOffset: damage)
  }

  /// A length beyond the end is that of a chunk that was cut off, unless another one fits the checksum:
  /// then one bit of it is wrong.
  private static func isLengthDamaged(_ length: Int, _ header: [UInt8], rest: [UInt8]) -> Bool {
    let checksum = header.dropFirst(4).littleEndianPrefix()
    return (0..<32).contains { bit in
      let other = length ^ 1 << bit
      return other > 0 && other <= rest.count && crc32c(Array(rest.prefix(other))) == checksum
    }
  }

  private static func checkHeader(
    _ header: [UInt8], path: String
  ) throws(RecordingFileError) {
    guard FileFormat.magic.starts(with: header.prefix(FileFormat.magic.count)) else {
      throw .notRecording(path: path)
    }
    guard header.count == FileFormat.headerSize else { throw .empty(path: path) }
    let version = header.dropFirst(FileFormat.magic.count).littleEndianPrefix()
    guard version == FileFormat.version else {
      throw .unsupportedVersion(path: path, found: version, supported: FileFormat.version)
    }
  }
}
