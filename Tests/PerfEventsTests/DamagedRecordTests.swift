import CTickProgram
import SampleTypes
import Support
import Testing

@testable import PerfEvents

/// Records of the kernel and of our program in it, with anything wrong in them: nothing is read beyond
/// their end. Half a second.
@Suite struct DamagedRecordTests {
  private static let cases = 20_000

  private static func words(_ values: [UInt64]) -> [UInt8] {
    values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  /// A kernel tick with two frames of the kernel, registers and 64 bytes of stack.
  private static let perfSample =
    words([9 | (8 + 8 * 37) << 48, 0x4000, 10 | 11 << 32, 5, 99, 1, 2, 1, 2, 2])
    + words((1...17).map { UInt64($0) }) + words([64] + (1...8).map { UInt64($0) } + [48])

  /// One with a chain, two pieces of the interpreter's memory and 32 bytes of stack.
  private static let tickSample: [UInt8] = {
    var header = tick_record()
    header.kernel_size = 16
    header.python_size = 64
    header.stack_size = 32
    header.is_user = 1
    header.states.0 = 0x5000
    return withUnsafeBytes(of: header) { Array($0) }
      + words([1, 2, 0x7000, 12, 3, 4, 0x8000, 16, 5, 6, 7, 8, 9, 10])
  }()

  private func damage(_ whole: [UInt8], seed: UInt64, _ read: (UnsafeRawBufferPointer) -> Void) {
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<Self.cases {
      let bytes = numbers.damaged(whole)
      // Aligned as in a ring, and no longer than the record, so that a reader beyond it is caught by
      // the checks of what it makes of it.
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
      defer { copy.deallocate() }
      copy.copyBytes(from: bytes)
      read(UnsafeRawBufferPointer(copy))
    }
  }

  private func isInside(_ part: UnsafeRawBufferPointer, _ whole: UnsafeRawBufferPointer) -> Bool {
    guard let start = part.baseAddress, let first = whole.baseAddress else { return part.isEmpty }
    return start >= first && start + part.count <= first + whole.count
  }

  @Test func perfRecords() {
    var samples = 0
    damage(Self.perfSample, seed: 1) { bytes in
      for kind in [EventKind.userTick, .kernelTick, .contextSwitch(stackBytes: 64)] {
        guard case .sample(let sample) = PerfRecord(bytes, kind: kind) else { continue }
        samples += 1
        let isSound =
          isInside(UnsafeRawBufferPointer(sample.kernelChain), bytes)
          && isInside(sample.stack, bytes)
        if !isSound { Issue.record("a sample reaches beyond its record") }
      }
    }
    #expect(samples > Self.cases)
  }

  @Test func tickRecords() {
    var pieces = 0
    damage(Self.tickSample, seed: 2) { bytes in
      guard let record = TickRecord(bytes) else { return }
      var isSound =
        isInside(record.stack, bytes)
        && isInside(UnsafeRawBufferPointer(record.kernelChain), bytes)
      record.forEachPiece {
        pieces += 1
        isSound = isSound && isInside($1, bytes)
      }
      _ = (record.registers, record.cost, record.slot, Array(record.threadStates))
      if !isSound { Issue.record("a tick reaches beyond its record") }
    }
    #expect(pieces > Self.cases / 2)
  }
}
