import CLinux
import Glibc
public import SampleTypes

/// Memory of a process of which several ranges are copied by one system call; reads inside them are
/// served locally, any other goes to the process.
///
/// A remote read costs about 1.8 µs however small it is, so what a stopped thread's sample will
/// need is fetched at once (Docs/Capture.md).
public final class PrefetchedMemory: RemoteMemory {
  /// Ranges that one prefetch may hold; process_vm_readv(2) takes at most IOV_MAX (1024).
  public static let maximumRanges = 64

  private let owner: MemoryOwner
  private var live: ProcessMemory
  private let arena: UnsafeMutableRawBufferPointer
  private var remote = [iovec](repeating: iovec(), count: maximumRanges + 1)
  private var pieces: [Piece] = []

  /// A range that was copied, and where the copy lies.
  private struct Piece {
    var start: UInt64
    var count: Int
    var copy: UnsafeMutableRawPointer
  }

  /// `arenaBytes` bounds what one prefetch can copy.
  public init(pid: Int32, arenaBytes: Int = 1 << 20) {
    owner = MemoryOwner(pid: pid)
    live = ProcessMemory(pid: pid)
    arena = .allocate(byteCount: arenaBytes, alignment: 16)
    pieces.reserveCapacity(Self.maximumRanges + 1)
  }

  deinit { arena.deallocate() }

  public var pid: Int32 { live.pid }

  /// System calls made so far, prefetches included.
  public private(set) var prefetches: Int64 = 0
  public var systemCalls: Int64 { prefetches + live.systemCalls }

  /// Forgets the copies.
  public func invalidate() { pieces.removeAll(keepingCapacity: true) }

  /// Copies `ranges`, and from `stackStart` on as much of the stack as `stack` holds, in one system
  /// call. Returns how many stack bytes arrived; they lie in `stack`, which must stay valid until
  /// `invalidate`.
  ///
  /// The kernel stops at the first byte that it cannot read. The stack comes last because it may
  /// reach into unmapped memory; if a range before it fails, the stack is fetched by itself.
  public func prefetch(
    _ ranges: [AddressRange], stackStart: UInt64, stack: UnsafeMutableRawBufferPointer
  ) -> Int {
    let planned = plan(ranges)
    var count = pieces.count
    if stack.count > 0 {
      remote[count] = Self.vector(stackStart, stack.count)
      count += 1
    }
    guard count > 0 else { return 0 }
    prefetches += 1
    let copied = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { local in
      local[0] = iovec(iov_base: arena.baseAddress, iov_len: planned)
      local[1] = iovec(iov_base: stack.baseAddress, iov_len: stack.count)
      return owner.read(local.baseAddress!, 2, remote, UInt(count))
    }
    let stackCount: Int
    if copied >= planned {
      stackCount = copied - planned
    } else {
      keepPieces(within: copied)
      stackCount = live.copyBytes(at: RemoteAddress(stackStart), into: stack)
    }
    if let base = stack.baseAddress, stackCount > 0 {
      pieces.append(Piece(start: stackStart, count: stackCount, copy: base))
    }
    return stackCount
  }

  public func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    if copied(at: address, into: buffer) { return buffer.count }
    return live.copyBytes(at: address, into: buffer)
  }

  public func copyPieces(
    of size: Int, at addresses: ArraySlice<RemoteAddress>, plus offset: Int,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    var count = 0
    for address in addresses {
      let place = UnsafeMutableRawBufferPointer(
        rebasing: buffer[(count * size)..<((count + 1) * size)])
      guard copied(at: address + offset, into: place) else { break }
      count += 1
    }
    guard count < addresses.count else { return count }
    return count
      + live.copyPieces(
        of: size, at: addresses.dropFirst(count), plus: offset,
        into: UnsafeMutableRawBufferPointer(rebasing: buffer[(count * size)...]))
  }

  /// Serves a read from the copies; false if it reaches out of them.
  private func copied(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Bool {
    for piece in pieces {
      let offset = address.rawValue &- piece.start
      guard offset < UInt64(piece.count), buffer.count <= piece.count - Int(offset) else {
        continue
      }
      buffer.baseAddress!.copyMemory(from: piece.copy + Int(offset), byteCount: buffer.count)
      return true
    }
    return false
  }

  /// Lays the ranges out in the arena; returns their total size. Ranges beyond the limits are left
  /// out, and read one by one when needed.
  private func plan(_ ranges: [AddressRange]) -> Int {
    pieces.removeAll(keepingCapacity: true)
    var offset = 0
    for range in ranges.prefix(Self.maximumRanges) {
      guard range.count > 0, range.count <= arena.count - offset else { continue }
      remote[pieces.count] = Self.vector(range.start.rawValue, range.count)
      pieces.append(
        Piece(
          start: range.start.rawValue, count: range.count, copy: arena.baseAddress! + offset))
      offset += range.count
    }
    return offset
  }

  private func keepPieces(within copied: Int) {
    guard let end = arena.baseAddress.map({ $0 + copied }) else { return }
    pieces.removeAll { $0.copy >= end }
    if let last = pieces.indices.last {
      pieces[last].count = min(pieces[last].count, end - pieces[last].copy)
    }
  }

  private static func vector(_ start: UInt64, _ count: Int) -> iovec {
    iovec(iov_base: UnsafeMutableRawPointer(bitPattern: UInt(start)), iov_len: count)
  }
}
