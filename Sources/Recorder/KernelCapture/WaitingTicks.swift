import PerfEvents

/// Records of a `TickProgram` that were looked at, and wait to be made samples of. Its room is used again.
final class WaitingTicks {
  private var bytes: [UInt8] = []
  /// Where each record ends.
  private var ends: [Int] = []
  /// Bytes that wait at most; the ring has 16 MiB.
  private static let limit = 24 << 20

  /// False, and nothing is done, if others must be taken first.
  func append(_ record: TickRecord) -> Bool {
    guard ends.isEmpty || bytes.count + record.rawBytes.count <= Self.limit else { return false }
    bytes.append(contentsOf: record.rawBytes)
    // Each begins where words may lie.
    bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 7))
    ends.append(bytes.count)
    return true
  }

  /// Oldest first.
  func forEach(_ body: (TickRecord) -> Void) {
    bytes.withUnsafeBytes { bytes in
      var start = 0
      for end in ends {
        TickRecord(UnsafeRawBufferPointer(rebasing: bytes[start..<end])).map(body)
        start = end
      }
    }
  }

  func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
