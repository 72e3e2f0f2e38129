import SampleTypes
import Support
import Testing

@testable import CPython

/// `str` objects of every kind, made by hand.
@Suite struct RawStringTests {
  private let address = RemoteAddress(0x4_0ff0)

  /// A string object; `data` places the characters of one that is not compact.
  private func memory(
    _ scalars: [UInt32], kind: Int, isASCII: Bool, layout whole: Layout,
    data: RemoteAddress? = nil, length: Int? = nil
  ) -> FakeMemory {
    var memory = FakeMemory()
    let layout = whole.unicode
    let ready: UInt32 = whole.minor <= 11 ? 1 << UInt32(layout.asciiBit + 1) : 0
    let state =
      ready | UInt32(kind) << UInt32(layout.kindBit)
      | (data == nil ? 1 << UInt32(layout.compactBit) : 0)
      | (isASCII ? 1 << UInt32(layout.asciiBit) : 0)
    memory.store([UInt8](repeating: 0, count: 96), at: address)
    memory.store(UInt32(1), at: address + (whole.isFreeThreaded ? 12 : 0))
    memory.store(Int64(length ?? scalars.count), at: address + layout.length)
    memory.store(state, at: address + layout.state)
    if let data { memory.store(data, at: address + layout.data) }
    let bytes = scalars.flatMap { scalar in
      (0..<kind).map { UInt8(truncatingIfNeeded: scalar >> UInt32(8 * $0)) }
    }
    let inside = isASCII ? layout.asciiData : layout.compactData
    memory.store(bytes + [UInt8](repeating: 0, count: kind), at: data ?? address + inside)
    return memory
  }

  private func text(_ memory: FakeMemory, _ layout: Layout, guess: Int = 64) -> String? {
    var memory = memory
    return RawString.capture(at: address, guess: guess, layout: layout, memory: &memory)?.decode()
  }

  static let layouts = [Layout.v3_8, .v3_12, .v3_14t]

  @Test(arguments: layouts, ["f", "naïve", "測試", "𠀀x"])
  func everyKindIsDecoded(_ layout: Layout, _ string: String) {
    let scalars = string.unicodeScalars.map(\.value)
    let highest = scalars.max()!
    let kind = highest < 256 ? 1 : highest < 65_536 ? 2 : 4
    let memory = memory(scalars, kind: kind, isASCII: highest < 128, layout: layout)
    #expect(text(memory, layout) == string)
    #expect(text(memory, layout, guess: 0) == string)
  }

  @Test func charactersElsewhereAreFollowed() {
    let layout = Layout.v3_8
    let memory = memory(
      [0x61, 0x62], kind: 1, isASCII: true, layout: layout, data: RemoteAddress(0x9_0000))
    #expect(text(memory, layout) == "ab")
  }

  @Test func aLoneSurrogateIsReplaced() {
    let layout = Layout.v3_12
    let memory = memory([0x61, 0xd800], kind: 2, isASCII: false, layout: layout)
    #expect(text(memory, layout) == "a\u{FFFD}")
  }

  @Test func aLongStringIsCut() {
    let layout = Layout.v3_12
    let memory = memory(
      Array(repeating: 0x61, count: 5000), kind: 1, isASCII: true, layout: layout)
    #expect(text(memory, layout) == String(repeating: "a", count: RawString.lengthLimit) + "…")
  }

  @Test(arguments: [0, 3, 5, 6, 7])
  func anUnknownKindIsNoString(_ kind: Int) {
    let layout = Layout.v3_12
    let memory = memory([0x61], kind: kind, isASCII: false, layout: layout)
    #expect(text(memory, layout) == nil)
  }

  @Test func charactersThatCannotBeAreNoString() {
    let layout = Layout.v3_12
    let high = memory([0x61, 0xe9], kind: 1, isASCII: true, layout: layout)
    #expect(text(high, layout) == nil, "not ASCII")
    var open = memory([0x61, 0x62], kind: 1, isASCII: true, layout: layout)
    open.store(UInt8(0x63), at: address + layout.unicode.asciiData + 2)
    #expect(text(open, layout) == nil, "no zero behind it")
    let wide = memory([0x61], kind: 2, isASCII: true, layout: layout)
    #expect(text(wide, layout) == nil, "ASCII of two bytes")
  }

  @Test func whatCannotBeReadIsNoString() {
    let layout = Layout.v3_12
    #expect(text(FakeMemory(), layout) == nil)
    // The characters would reach into a page that is not there.
    let memory = memory([0x61], kind: 1, isASCII: true, layout: layout, length: 4000)
    var cut = memory
    cut.unmap(address + 4096)
    #expect(text(cut, layout) == nil)
    let negative = self.memory([0x61], kind: 1, isASCII: true, layout: layout, length: -1)
    #expect(text(negative, layout) == nil)
  }
}
