import Foundation
import Support
import Testing

@testable import Symbols

/// Notes and packed symbols, with anything wrong in them. Two seconds.
struct DamagedFileTests {
  /// Two notes: one of the linker's, and a build ID of 20 bytes.
  private static let notes: [UInt8] =
    [4, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0] + Array("GNU\0".utf8) + [UInt8](repeating: 0, count: 16)
    + [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0] + Array("GNU\0".utf8) + [UInt8](0..<20)

  @Test func notes() {
    var numbers = SeededNumbers(seed: 6)
    let whole = Self.notes.withUnsafeBytes { ElfImage.buildID(in: ByteView($0)) }
    #expect(whole == "000102030405060708090a0b0c0d0e0f10111213")
    var found = 0
    for _ in 0..<20_000 {
      let bytes = numbers.damaged(Self.notes)
      guard let id = bytes.withUnsafeBytes({ ElfImage.buildID(in: ByteView($0)) }) else { continue }
      found += 1
      if id.utf8.count > 128 { Issue.record("a build ID of \(id.utf8.count / 2) bytes") }
    }
    #expect(found > 3000)
  }

  /// 384 bytes packed without a checksum of the contents, so that damage reaches the decoder.
  private static let packed =
    "/Td6WFoAAAD/EtlBAgAhARAAAACocI6G4AF/AE1dADQeSPBnr9MsuIAA7iZgSHzEgD9ryHSj88n0SFGu"
    + "MbydXZ9cZmyH67EQ4Bf9gq2SQqAcwqfzA2rUvDELtFov5OlJdkzqmDs/jAhHRmNmAAAAAAABYYADAAAA"
    + "Xheuo6gACvwCAAAAAABZWg=="

  @Test func packedSymbols() throws {
    let whole = [UInt8](try #require(Data(base64Encoded: Self.packed)))
    #expect(whole.withUnsafeBytes { xzDecoded($0) }?.count == 384)
    var numbers = SeededNumbers(seed: 8)
    var unpacked = 0
    for _ in 0..<5_000 {
      guard let bytes = numbers.damaged(whole).withUnsafeBytes({ xzDecoded($0) }) else { continue }
      unpacked += 1
      if bytes.count > 384 { Issue.record("\(bytes.count) bytes out of 384") }
    }
    print("\(unpacked) of 5000 damaged streams are unpacked")
  }
}
