import Foundation
import ProfileModel
import RecordingFile
import Testing

@Suite struct DamageTests {
  /// The example in chunks of 40 samples, as the bytes of its file.
  let whole: [UInt8]
  let profile = exampleProfile()

  init() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    try write(profile, to: path, samplesPerFlush: 40)
    whole = try bytes(of: path)
  }

  @Test func aFileCutAnywhereGivesAPrefix() throws {
    var counts: Set<Int> = []
    for length in 0..<whole.count {
      do {
        let read = try RecordingReader.read(bytes: Array(whole.prefix(length)), path: "cut")
        #expect(!read.ledger.isComplete, "cut at \(length)")
        #expect(read.samples == Array(profile.samples.prefix(read.samples.count)))
        #expect(read.ledger.notes == profile.ledger.notes)
        #expect(isSound(read))
        counts.insert(read.samples.count)
      } catch {
        #expect(error == .empty(path: "cut"))
        #expect(counts.isEmpty, "unreadable at \(length), after shorter prefixes were readable")
      }
    }
    #expect(counts == [40, 80, 120, 160])
  }

  @Test func aKilledRecorderLeavesTheTimeUntilItsLastSample() throws {
    var early = profile
    early.recording.duration = 0
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.add(tablesOf: early)
    for sample in early.samples { writer.append(sample: sample) }
    try writer.flush()
    let read = try RecordingReader.read(path: path)
    #expect(!read.ledger.isComplete)
    #expect(read.samples.count == early.samples.count)
    #expect(read.recording.duration == early.samples.last?.time)
  }

  @Test func anyFlippedBitIsSeen() throws {
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 1 << UInt8(index % 8)
      do {
        let read = try RecordingReader.read(bytes: damaged, path: "bad")
        #expect(!read.ledger.isComplete, "bit flipped in byte \(index)")
        // All but those of one chunk, which are 40 in a row, fewer in the last.
        let missing = profile.samples.count - read.samples.count
        #expect([0, 40, profile.samples.count % 40].contains(missing), "\(missing) are missing")
        let start = zip(read.samples, profile.samples).prefix { $0 == $1 }.count
        var kept = profile.samples
        kept.removeSubrange(start..<start + missing)
        #expect(read.samples == kept, "bit flipped in byte \(index)")
      } catch {
        switch error {
        case .notRecording, .unsupportedVersion, .damaged, .empty: break
        default: Issue.record("byte \(index): \(error)")
        }
      }
    }
  }

  @Test func damageIsNamedInTheLedger() throws {
    let second = RawRecording(whole).chunkOffsets[1]
    var damaged = whole
    damaged[second + 8] ^= 0xff
    let read = try RecordingReader.read(bytes: damaged, path: "bad")
    #expect(read.samples.count == profile.samples.count - 40)
    #expect(
      read.ledger.notes.last
        == "the recording is damaged at byte \(second): 1 chunk lost (40 samples, 0.0 s)")
  }

  @Test func bytesAfterTheEndAreNamed() throws {
    let read = try RecordingReader.read(bytes: whole + whole, path: "twice")
    #expect(read.samples == profile.samples)
    #expect(read.ledger.isComplete)
    #expect(
      read.ledger.notes.last
        == "the recording is damaged at byte \(whole.count); what follows was left out")
  }

  @Test func foreignFiles() {
    func error(_ bytes: [UInt8]) -> RecordingFileError? {
      do {
        _ = try RecordingReader.read(bytes: bytes, path: "f")
        return nil
      } catch { return error }
    }
    #expect(error([]) == .empty(path: "f"))
    #expect(error(Array(whole.prefix(5))) == .empty(path: "f"))
    #expect(error(Array("\u{7f}ELF and more bytes".utf8)) == .notRecording(path: "f"))
    #expect(error(Array("{".utf8)) == .notRecording(path: "f"))
    #expect(error([UInt8](repeating: 0, count: 4096)) == .emptied(path: "f"))
    var newer = whole
    newer[8] = 2
    #expect(error(newer) == .unsupportedVersion(path: "f", found: 2, supported: 1))
    // A file whose only chunk is damaged.
    let only = Array(whole.prefix(RawRecording(whole).chunkOffsets[1]))
    var first = only
    first[20] ^= 1
    #expect(error(first) == .damaged(path: "f", offset: 12))
    // Zeros after the header, as a crashed file system leaves them: a length of 0 is no chunk.
    let zeros = Array(whole.prefix(12)) + [UInt8](repeating: 0, count: 1 << 20)
    #expect(error(zeros) == .damaged(path: "f", offset: 12))
    // A length that names more than there is.
    let long = Array(whole.prefix(12)) + [0xff, 0xff, 0xff, 0x7f, 1, 2, 3, 4, 5]
    #expect(error(long) == .empty(path: "f"))
  }
}
