/// The part of a function that an optimising compiler has moved away from it (`name.cold`).
///
/// A stripped file has no symbol for it, only call frame information; but the function jumps there.
enum ColdPart {
  /// Fewer jumps, or not so many times as many as to any other function, prove nothing: bytes that look
  /// like jumps are found everywhere. The eval loops of Debian's CPython 3.11 to 3.15 have 11 to 307 into
  /// their cold part, and one at most into anything else.
  private static let jumpsNeeded = 4
  private static let timesAsMany = 3
  /// No function that matters is larger.
  private static let sizeLimit: UInt64 = 1 << 20

  /// Where it is, by link-time addresses; nil where no function without a symbol is jumped into.
  static func range(
    of function: Range<UInt64>, in image: ElfImage, callFrameInfo: CallFrameInfo,
    isNamed: (UInt64) -> Bool
  ) -> FrameDescriptions.Range? {
    guard function.count > 0, UInt64(function.count) <= sizeLimit,
      let bytes = image.bytes(atLinkAddress: function.lowerBound, count: function.count)
    else { return nil }
    let own = callFrameInfo.range(containing: function.lowerBound)
    var jumps: [FrameDescriptions.Range: Int] = [:]
    forEachJumpTarget(bytes, at: function.lowerBound) { target in
      guard !function.contains(target), let range = callFrameInfo.range(containing: target),
        range != own
      else { return }
      jumps[range, default: 0] += 1
    }
    let ordered = jumps.sorted { $0.value > $1.value }
    guard let best = ordered.first, best.value >= jumpsNeeded, !isNamed(best.key.start),
      best.value >= timesAsMany * (ordered.dropFirst().first?.value ?? 0)
    else { return nil }
    return best.key
  }

  /// Every byte may begin an instruction: `jmp rel32` (E9) and `jcc rel32` (0F 80 to 8F).
  private static func forEachJumpTarget(
    _ bytes: [UInt8], at start: UInt64, _ body: (UInt64) -> Void
  ) {
    bytes.withUnsafeBytes { bytes in
      for index in bytes.indices.dropLast(4) {
        let isJump = bytes[index] == 0xe9
        let isBranch = index > 0 && bytes[index - 1] == 0x0f && bytes[index] & 0xf0 == 0x80
        guard isJump || isBranch else { continue }
        let distance = bytes.loadUnaligned(fromByteOffset: index + 1, as: Int32.self)
        body(start &+ UInt64(index) &+ 5 &+ UInt64(bitPattern: Int64(distance)))
      }
    }
  }
}
