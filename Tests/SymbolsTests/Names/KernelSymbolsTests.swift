import Symbols
import Testing

@Suite struct KernelSymbolsTests {
  private let symbols = KernelSymbols(
    parsing: Array(
      """
      ffffffff81000000 T _stext
      ffffffff81000040 t do_one
      ffffffff81000080 D some_data
      ffffffff810000a0 W do_two
      ffffffffc0000000 t in_module\t[module]
      garbage
      ffffffff
      """.utf8))

  @Test func namesTheFunctionThatContainsAnAddress() {
    #expect(symbols.name(at: 0xffff_ffff_8100_0000) == "_stext")
    #expect(symbols.name(at: 0xffff_ffff_8100_009f) == "do_one")
    #expect(symbols.name(at: 0xffff_ffff_8100_00a0) == "do_two")
    #expect(symbols.name(at: 0xffff_ffff_c000_1234) == "in_module")
    #expect(symbols.name(at: 0x1000) == nil)
  }

  @Test func hiddenAddressesAreNoSymbols() {
    #expect(KernelSymbols(parsing: Array("0000000000000000 T _stext\n".utf8)).isEmpty)
    #expect(KernelSymbols(parsing: []).isEmpty)
  }

  @Test func everyCutIsHarmless() {
    let line = Array("ffffffff81000000 T _stext\n".utf8)
    for count in 0...line.count {
      _ = KernelSymbols(parsing: Array(line[..<count])).name(at: .max)
    }
  }
}
