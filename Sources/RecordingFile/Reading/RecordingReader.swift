public import ProfileModel
import SwiftProtobuf

/// Reads recordings, whoever wrote them: every length, index and value is checked.
public enum RecordingReader {
  /// The recording in the file at `path`.
  ///
  /// A file that ends early gives what its whole chunks hold: `Ledger.isComplete` is then false. A
  /// damaged chunk is left out, and `Ledger.damage` says what that has cost; files of versions whose
  /// chunks do not say where they stand end there.
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
    path: String, size: Int, fetch: @escaping ChunkFinder.Fetch
  ) throws(RecordingFileError) -> Profile {
    var finder = ChunkFinder(size: size, fetch: fetch)
    var builder = ProfileBuilder()
    var offset = FileFormat.headerSize
    var damage: Int?
    let header = try fetch(0, min(size, FileFormat.headerSize))
    if let defect = defect(ofHeader: header, path: path) {
      guard isDamage(defect, header),
        let next = try finder.next(from: 0, of: nil, after: nil),
        builder.append(next.chunk, lostBytes: next.start)
      else { throw try withoutBeginning(size, fetch) ? .emptied(path: path) : defect }
      damage = 0
      offset = next.end
    }
    var isLost = false
    var gaps = 0
    while !builder.isComplete {
      let found = try finder.chunk(at: offset)
      if case .chunk(let chunk, let end) = found, builder.append(chunk) {
        offset = end
        continue
      }
      // A length that says more than there is may be wrong: then there is more to come.
      let next = try bridge(from: offset, &builder, &finder, &gaps)
      if next != nil || !found.isCut { damage = damage ?? offset }
      guard let next else {
        isLost = !found.isCut
        break
      }
      offset = next
    }

    if builder.isEmpty, let damage { throw .damaged(path: path, offset: damage) }
    if builder.isEmpty { throw .empty(path: path) }
    if builder.isComplete, offset < size {
      damage = damage ?? offset
      isLost = true
    }
    return builder.finish(damageOffset: damage, isLost: isLost)
  }

  /// Goes on with the next chunk behind `offset` that can be used; where that ends, or nil if there is none.
  private static func bridge(
    from offset: Int, _ builder: inout ProfileBuilder, _ finder: inout ChunkFinder,
    _ gaps: inout Int
  ) throws(RecordingFileError) -> Int? {
    var from = offset + 1
    while gaps < mostGaps,
      let next = try finder.next(
        from: from, of: builder.recordingNumber, after: builder.chunkNumber)
    {
      gaps += 1
      from = next.start + 1
      if builder.append(next.chunk, lostBytes: next.start - offset) { return next.end }
    }
    return nil
  }

  /// Places where something is missing, in a file that does not only want to keep us busy.
  private static let mostGaps = 4096

  /// What is wrong with a header, or nil.
  private static func defect(ofHeader header: [UInt8], path: String) -> RecordingFileError? {
    guard FileFormat.magic.starts(with: header.prefix(FileFormat.magic.count)) else {
      return .notRecording(path: path)
    }
    guard header.count == FileFormat.headerSize else { return .empty(path: path) }
    let version = header.dropFirst(FileFormat.magic.count).littleEndianPrefix()
    guard version == FileFormat.version else {
      return .unsupportedVersion(path: path, found: version, supported: FileFormat.version)
    }
    return nil
  }

  /// Whether chunks of this version may follow all the same, which say that they are: there will not be
  /// hundreds of versions.
  private static func isDamage(_ defect: RecordingFileError, _ header: [UInt8]) -> Bool {
    switch defect {
    case .notRecording:
      // Half of it is right, or nothing was ever there.
      zip(header, FileFormat.magic).count { $0 == $1 } >= 4 || header.allSatisfy { $0 == 0 }
    case .unsupportedVersion(_, let found, _): found == 0 || found > 0xff
    default: false
    }
  }

  /// True for a file of zeros: it was emptied while a recorder wrote it, which went on behind the hole.
  private static func withoutBeginning(
    _ size: Int, _ fetch: ChunkFinder.Fetch
  ) throws(RecordingFileError) -> Bool {
    let start = try fetch(0, min(size, 4096))
    return size >= FileFormat.headerSize && start.allSatisfy { $0 == 0 }
  }
}
