import Foundation
import ProfileModel
import RecordingFile
import Support
import Testing

/// Seeded mutations. What is checked: no crash, no hang, and whatever is read keeps the promises of
/// `Profile`.
@Suite struct FuzzTests {
  let whole: [UInt8]

  init() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    var profile = exampleProfile()
    profile.samples = Array(profile.samples.prefix(24))
    try write(profile, to: path, samplesPerFlush: 8)
    whole = try bytes(of: path)
  }

  @Test func theTestsChecksumIsTheRealOne() {
    // RFC 3720, appendix B.4.
    #expect(castagnoli([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(castagnoli([UInt8](0..<32)) == 0x46dd_794e)
    #expect(RawRecording(whole).file == whole)
  }

  @Test func mutatedFiles() {
    var readable = 0
    for seed in 0..<UInt64(10_000) {
      var generator = SeededNumbers(seed: seed)
      let file = mutated(whole, with: &generator)
      if reads(file, seed: seed) { readable += 1 }
    }
    #expect(readable > 0)
  }

  /// The checksums are made to fit, so that the mutations reach the checks behind them.
  @Test func mutatedPayloads() {
    let raw = RawRecording(whole)
    var readable = 0
    for seed in 10_000..<UInt64(30_000) {
      var generator = SeededNumbers(seed: seed)
      var mutation = raw
      let chunk = Int.random(in: 0..<raw.payloads.count, using: &generator)
      mutation.payloads[chunk] = mutated(raw.payloads[chunk], with: &generator)
      if reads(mutation.file, seed: seed) { readable += 1 }
    }
    #expect(readable > 1000)
  }

  private func reads(_ file: [UInt8], seed: UInt64) -> Bool {
    guard let profile = try? RecordingReader.read(bytes: file, path: "fuzz") else { return false }
    if !isSound(profile) { Issue.record("seed \(seed) gives an impossible profile") }
    return true
  }

  private func mutated(_ bytes: [UInt8], with generator: inout SeededNumbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &generator)
      switch generator.next() % 7 {
      case 0: bytes[index] ^= 1 << UInt8(generator.next() % 8)
      case 1: bytes[index] = UInt8(truncatingIfNeeded: generator.next())
      case 2: bytes[index] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator)!
      case 3: bytes.insert(UInt8(truncatingIfNeeded: generator.next()), at: index)
      case 4: bytes.remove(at: index)
      case 5: bytes.removeSubrange(index..<min(index + 9, bytes.count))
      default:
        let from = Int.random(in: 0..<bytes.count, using: &generator)
        bytes.insert(contentsOf: bytes[from..<min(from + 12, bytes.count)], at: index)
      }
    }
    return bytes
  }
}
