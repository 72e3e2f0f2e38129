public import SampleTypes

/// Memory of a forked process and, where that is gone, of those that it descends from, which have at the same
/// addresses what was there when it was forked.
///
/// For what can be told to be the same thing when it has been read: a short-lived child's code objects, of
/// which a sample has the fingerprints.
public struct LineageMemory: RemoteMemory {
  /// The process itself first.
  private var memories: [ProcessMemory]

  public init(pid: Int32) { memories = [ProcessMemory(pid: pid)] }

  /// Of a process that `parent` has forked.
  public init(pid: Int32, forkedFrom parent: LineageMemory) {
    memories = [ProcessMemory(pid: pid)] + parent.memories.prefix(Self.limit)
  }

  /// A daemon forks and ends, and so may its child.
  private static let limit = 4

  public mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    for index in memories.indices {
      let copied = memories[index].copyBytes(at: address, into: buffer)
      if copied == buffer.count { return copied }
    }
    return 0
  }
}
