import Glibc
import Synchronization

/// A byte ring between the tracing thread, which writes packets, and the processing thread, which
/// reads them; no locks, no allocation.
///
/// A packet is contiguous: one that would wrap starts over at the beginning of the ring, behind a
/// marker. The writer fills a reservation in place, so stack bytes travel from the target to the
/// ring without a copy.
final class PacketRing: Sendable {
  /// In front of each packet: its size in bytes including this word, or `wrapMarker`.
  private static let headerBytes = 8
  private static let wrapMarker = UInt64.max

  private nonisolated(unsafe) let base: UnsafeMutableRawPointer
  private let capacity: Int
  /// Total bytes ever committed and consumed; the writer owns the first, the reader the second.
  private let written = Atomic<UInt64>(0)
  private let consumed = Atomic<UInt64>(0)

  /// `capacity` in bytes, a power of two. Pages are touched as they are used.
  init(capacity: Int) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0)
    self.capacity = capacity
    base = .allocate(byteCount: capacity, alignment: 4096)
  }

  deinit { base.deallocate() }

  /// Room for a packet of up to `count` bytes, 8-byte aligned; nil while the reader is too far
  /// behind. Only the writer may call it, and must commit before it reserves again.
  func reserve(_ count: Int) -> UnsafeMutableRawBufferPointer? {
    let need = Self.headerBytes + Self.aligned(count)
    var position = written.load(ordering: .relaxed)
    let offset = Int(position % UInt64(capacity))
    let wraps = offset + need > capacity
    let skipped = wraps ? capacity - offset : 0
    let used = Int(position &- consumed.load(ordering: .acquiring))
    guard used + skipped + need <= capacity else { return nil }
    if wraps {
      (base + offset).storeBytes(of: Self.wrapMarker, as: UInt64.self)
      position &+= UInt64(skipped)
      written.store(position, ordering: .releasing)
    }
    let start = Int(position % UInt64(capacity)) + Self.headerBytes
    return UnsafeMutableRawBufferPointer(start: base + start, count: Self.aligned(count))
  }

  /// Publishes the first `count` bytes of the last reservation.
  func commit(_ count: Int) {
    let position = written.load(ordering: .relaxed)
    let size = Self.headerBytes + Self.aligned(count)
    (base + Int(position % UInt64(capacity))).storeBytes(of: UInt64(size), as: UInt64.self)
    written.store(position &+ UInt64(size), ordering: .releasing)
  }

  /// Calls `body` with each packet that is there, oldest first. Only the reader may call it. The
  /// bytes are valid inside the call.
  func drain(_ body: (UnsafeRawBufferPointer) -> Void) {
    var position = consumed.load(ordering: .relaxed)
    let end = written.load(ordering: .acquiring)
    while position != end {
      let offset = Int(position % UInt64(capacity))
      let size = (base + offset).load(as: UInt64.self)
      if size == Self.wrapMarker {
        position &+= UInt64(capacity - offset)
      } else {
        let count = Int(size) - Self.headerBytes
        body(UnsafeRawBufferPointer(start: base + offset + Self.headerBytes, count: count))
        position &+= size
      }
      consumed.store(position, ordering: .releasing)
    }
  }

  private static func aligned(_ count: Int) -> Int { (count + 7) & ~7 }
}
