import SampleTypes
import Support

@testable import CPython

extension FakePython {
  /// A compact ASCII `str`.
  mutating func string(_ text: String) -> RemoteAddress {
    let object = allocate(layout.unicode.compactData + text.utf8.count + 32)
    let ready = layout.minor <= 11 ? 1 << (layout.unicode.asciiBit + 1) : 0
    let state = UInt32(
      1 << layout.unicode.kindBit | 1 << layout.unicode.compactBit | 1 << layout.unicode.asciiBit
        | ready)
    keepAlive(object)
    memory.store(stringType, at: object + layout.object.type)
    memory.store(UInt64(text.utf8.count), at: object + layout.unicode.length)
    memory.store(state, at: object + layout.unicode.state)
    memory.store(Array(text.utf8), at: object + layout.unicode.asciiData)
    return object
  }

  /// Gives an object a reference.
  mutating func keepAlive(_ object: RemoteAddress) {
    memory.store(UInt32(1), at: object + (layout.isFreeThreaded ? 12 : 0))
  }

  mutating func bytesObject(_ bytes: [UInt8]) -> RemoteAddress {
    let object = allocate(layout.object.bytesData + bytes.count)
    memory.store(UInt64(bytes.count), at: object + layout.object.size)
    memory.store(bytes, at: object + layout.object.bytesData)
    return object
  }

  /// A data-stack chunk with `top` words in use.
  mutating func chunk(
    at address: RemoteAddress, previous: RemoteAddress, size: Int = DataStack.chunkSize, top: Int
  ) {
    memory.store([UInt8](repeating: 0, count: size), at: address)
    memory.store(previous, at: address)
    memory.store(UInt64(size), at: address + 8)
    memory.store(UInt64(top), at: address + 16)
  }
}
