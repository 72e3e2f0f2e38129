import Testing

@testable import PerfEvents

@Suite struct TickBacklogTests {
  @Test func keepsRecordsInOrder() {
    var backlog = TickBacklog()
    // What is not copyable cannot stand in an expectation.
    let wasEmpty = backlog.isEmpty
    #expect(wasEmpty)
    // More than one piece of memory, and one record that is larger than any.
    let sizes = (0..<400).map { $0 * 131 % 60_000 } + [5 << 20, 1, 8]
    for (index, size) in sizes.enumerated() {
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size)
      let hasRoom = bytes.withUnsafeBytes { backlog.append($0) }
      #expect(hasRoom)
    }
    var index = 0
    backlog.visit { bytes in
      #expect(bytes.count == sizes[index])
      #expect(bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: index) })
      index += 1
    }
    let isEmpty = backlog.isEmpty
    #expect(index == sizes.count && !isEmpty)
  }
}
