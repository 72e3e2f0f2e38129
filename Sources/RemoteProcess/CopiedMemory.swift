public import SampleTypes

/// Memory of a process of which pieces were copied at one instant. Reads inside them are served from
/// the copies; any other fails or, if that is wanted, goes to the process as it is now.
public final class CopiedMemory: RemoteMemory {
  private var live: ProcessMemory
  private var pieces: [Piece] = []
  /// The piece behind the one that served the last read: what is read next is mostly there.
  private var next = 0

  private struct Piece {
    var start: UInt64
    var bytes: UnsafeRawBufferPointer
  }

  /// Whether what was not copied is read from the process.
  public var readsLive = false

  public init(pid: Int32) { live = ProcessMemory(pid: pid) }

  /// Forgets the copies.
  public func removeAll() {
    pieces.removeAll(keepingCapacity: true)
    next = 0
    readsLive = false
  }

  /// `bytes` is what was at `start`; it must stay valid until `removeAll`.
  public func add(_ bytes: UnsafeRawBufferPointer, at start: UInt64) {
    pieces.append(Piece(start: start, bytes: bytes))
  }

  public func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    // Pieces overlap: a name lies beside other things, of which its copy has the beginning.
    var longest = UnsafeRawBufferPointer(start: nil, count: 0)
    for step in pieces.indices {
      var index = next + step
      if index >= pieces.count { index -= pieces.count }
      let piece = pieces[index]
      let offset = address.rawValue &- piece.start
      guard offset < UInt64(piece.bytes.count) else { continue }
      let rest = UnsafeRawBufferPointer(rebasing: piece.bytes[Int(offset)...])
      guard rest.count >= buffer.count else {
        if rest.count > longest.count { longest = rest }
        continue
      }
      next = index + 1 == pieces.count ? 0 : index + 1
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<buffer.count]))
      return buffer.count
    }
    if readsLive { return live.copyBytes(at: address, into: buffer) }
    buffer.copyMemory(from: longest)
    return longest.count
  }
}
