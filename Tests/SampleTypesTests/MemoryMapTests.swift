import SampleTypes
import Support
import Testing

@Suite struct MemoryMapTests {
  private let map = MemoryMap(
    parsing: """
      00400000-00420000 r-xp 00001000 fe:00 1234                               /usr/bin/python3.11
      7f0000000000-7f0000001000 r--p 00000000 fe:00 77                         /tmp/a b (x) (deleted)
      7f0000001000-7f0000002000 rw-p 00000000 00:00 0\u{20}
      7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
      garbage
      20-10 r--p 0 0:0 0
      """)

  @Test func readsEveryField() throws {
    let text = try #require(map.mapping(containing: RemoteAddress(0x400000)))
    #expect(text.path == "/usr/bin/python3.11")
    #expect(text.isExecutable && text.isReadable && !text.isWritable && text.isFile)
    #expect(text.fileOffset == 0x1000 && text.inode == 1234 && text.device == "fe:00")
  }

  @Test func keepsSpacesAndStripsTheDeletedMark() throws {
    let deleted = try #require(map.mapping(containing: RemoteAddress(0x7f00_0000_0fff)))
    #expect(deleted.path == "/tmp/a b (x)")
    #expect(deleted.isDeleted)
  }

  @Test func endsAreExclusive() {
    #expect(map.mapping(containing: RemoteAddress(0x420000)) == nil)
    #expect(map.mapping(containing: RemoteAddress(0x3fffff)) == nil)
    #expect(map.mapping(containing: RemoteAddress(0x7f00_0000_1000))?.path == "")
    #expect(map.mapping(containing: RemoteAddress(0x7ffc_0002_0fff))?.path == "[stack]")
  }

  @Test func passesOverWhatIsNoMapping() { #expect(map.mappings.count == 4) }

  /// Whatever the lines hold: no trap, and every mapping has a start before its end.
  @Test func damagedTextIsSurvived() {
    let whole = Array(
      """
      00400000-00420000 r-xp 00001000 fe:00 1234                               /usr/bin/python3.11
      7f0000000000-7f0000001000 r--p 00000000 fe:00 77                         /tmp/a b (deleted)
      7ffc00000000-ffffffffffffffff rw-p ffffffffffffffff 00:00 18446744073709551615 [stack]
      """.utf8)
    var numbers = SeededNumbers(seed: 4)
    var mappings = 0
    for _ in 0..<5_000 {
      let map = MemoryMap(parsing: String(decoding: numbers.damaged(whole), as: UTF8.self))
      mappings += map.mappings.count
      if !map.mappings.allSatisfy({ $0.range.start < $0.range.end }) {
        Issue.record("a mapping ends before it starts")
      }
      _ = map.mapping(containing: RemoteAddress(0x41_0000))
    }
    #expect(mappings > 5_000)
  }
}
