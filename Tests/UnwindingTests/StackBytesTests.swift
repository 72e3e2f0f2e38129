import Testing
import Unwinding

struct StackBytesTests {
  @Test func onlyCopiedWordsAreRead() {
    LiteralStack(start: 0x1000, words: [1, 0x0203_0405_0607_0809]).withBytes { stack in
      #expect(stack.end == 0x1010)
      #expect(stack.word(at: 0x1000) == 1)
      #expect(stack.word(at: 0x1008) == 0x0203_0405_0607_0809)
      #expect(stack.word(at: 0x1001) == 0x0900_0000_0000_0000)
      for address: UInt64 in [0, 0xfff, 0x1009, 0x1010, .max - 7, .max] {
        #expect(stack.word(at: address) == nil)
      }
    }
    let empty = StackBytes(start: 0, bytes: UnsafeRawBufferPointer(start: nil, count: 0))
    #expect(empty.word(at: 0) == nil)
    LiteralStack(start: .max - 3, words: [7]).withBytes { #expect($0.word(at: 0) == nil) }
  }
}
