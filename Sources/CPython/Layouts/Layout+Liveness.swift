import SampleTypes

extension Layout {
  /// `CO_GENERATOR`, `CO_COROUTINE` and `CO_ASYNC_GENERATOR` (Include/code.h).
  public static let generatorFlags: UInt64 = 0x20 | 0x80 | 0x200
  /// `Py_TPFLAGS_UNICODE_SUBCLASS` (Include/object.h).
  static let stringFlag: UInt64 = 1 << 28

  /// False for an object that is freed, as far as its header tells.
  ///
  /// What is freed has no references any more, or begins with the allocator's link to the next free block:
  /// an address where the count was. No count is as large, but that of an immortal object (3.12 on).
  ///
  /// - Parameter bytes: the object from its start on.
  func isAlive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= object.type + 8 else { return false }
    let first = bytes.word(0)
    if isFreeThreaded {
      // `ob_tid` (where the link of free blocks is), `ob_ref_local` at 12 and `ob_ref_shared`, whose two
      // lowest bits are flags.
      return bytes.field(UInt32.self, 12) != 0 || bytes.field(Int64.self, 16) >> 2 > 0
    }
    switch minor {
    case ...11: return first > 0 && first < 1 << 31
    case 12, 13: return first > 0 && first < 1 << 32
    // 32 bits of count, 16 of overflow, 16 of flags.
    default: return first & 0xffff_ffff != 0 && first >> 32 & 0xffff == 0
    }
  }
}

extension RemoteMemory {
  /// The type of an object that is alive; nil if it is freed, or cannot be read.
  mutating func livingType(of object: RemoteAddress, layout: Layout) -> RemoteAddress? {
    guard object.isPlausiblePointer else { return nil }
    let size = layout.object.type + 8
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
      guard copyBytes(at: object, into: buffer) == size,
        layout.isAlive(UnsafeRawBufferPointer(buffer))
      else { return nil }
      return UnsafeRawBufferPointer(buffer).pointer(layout.object.type)
    }
  }
}
