import SampleTypes

extension ThreadReader {
  /// A free-threaded build gives a thread copies of the bytecode that it runs; so many are remembered.
  private static let copyLimit = 65_536

  /// A code object and the index of a thread's copy of its bytecode.
  struct BytecodeCopy: Hashable {
    var code: RemoteAddress
    var index: Int32
  }

  /// The instruction pointer relative to the bytecode that the frame runs: the code object's own or, in
  /// free-threaded builds from 3.14 on, the thread's copy.
  mutating func bytecodeOffset(
    _ fields: FrameFields, memory: inout some RemoteMemory
  ) -> Int32 {
    let layout = runtime.layout.code
    guard let bytecode = layout.bytecode else { return -1 }
    guard fields.threadLocalBytecodeIndex > 0, let field = layout.threadLocalBytecode else {
      return Self.offset(of: fields, from: fields.code + bytecode) ?? -1
    }
    return copyOffset(fields, field, memory: &memory)
  }

  /// Where a copy is stays true until its code object is freed and the address used again; then the
  /// instruction mostly lies elsewhere.
  private mutating func copyOffset(
    _ fields: FrameFields, _ field: Int, memory: inout some RemoteMemory
  ) -> Int32 {
    let copy = BytecodeCopy(code: fields.code, index: fields.threadLocalBytecodeIndex)
    if let start = bytecodeCopies[copy], let offset = Self.offset(of: fields, from: start) {
      return offset
    }
    // `_PyCodeArray`: the number of entries, then the entries (Include/internal/pycore_code.h).
    guard let array = memory.pointer(at: fields.code + field), array.isPlausiblePointer,
      let count = memory.word(at: array), UInt64(copy.index) < count,
      let start = memory.pointer(at: array + 8 + 8 * Int(copy.index)), !start.isNull,
      let offset = Self.offset(of: fields, from: start)
    else {
      hasUnreadBytecode = true
      return -1
    }
    if bytecodeCopies.count < Self.copyLimit { bytecodeCopies[copy] = start }
    return offset
  }

  private static func offset(of fields: FrameFields, from start: RemoteAddress) -> Int32? {
    let distance = RemoteAddress(fields.instruction) - start
    // -2 is a frame of 3.11 or 3.12 that has not started.
    return distance >= -2 && distance < RawCodeObject.bytecodeLimit ? Int32(distance) : nil
  }
}
