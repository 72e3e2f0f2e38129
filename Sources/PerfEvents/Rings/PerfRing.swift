import CLinux
import Glibc
public import LinuxIO
import Synchronization

/// The ring buffer that the kernel shares with one perf event (perf_event_open(2), "MMAP layout").
public struct PerfRing: ~Copyable {
  /// One page of records: the last user tick is all that is ever read of it.
  public static let tickRingBytes = 4096
  /// Some 15 kernel ticks, or 30 switches, with their stack bytes; 2,500 switches without.
  public static let sampleRingBytes = 262_144
  /// Where that much may not be locked (kernel.perf_event_mlock_kb and `ulimit -l`), the next is taken.
  public static let sampleRingSizes = [sampleRingBytes, 65536, 32768]

  /// Of a sample besides its stack: registers, the kernel's call chain.
  private static let recordBytes = 2048

  private let base: UnsafeMutableRawPointer
  private let dataBytes: Int
  private let largestRecord: Int
  private let pageBytes = 4096
  /// Where this side has read to; published to the kernel by `release`.
  private var tail: UInt64 = 0
  /// Holds the one record of a pass that wraps around the end of the ring.
  private var wrapped: UnsafeMutableRawBufferPointer

  /// Maps the ring of `event`; `dataBytes` is a power of two times the page size. Records have up to
  /// `stackBytes` of a stack.
  public init(
    of event: borrowing PerfEvent, dataBytes: Int, stackBytes: Int = 0
  ) throws(SystemError) {
    let mapped = mmap(
      nil, pageBytes + dataBytes, PROT_READ | PROT_WRITE, MAP_SHARED, event.rawValue, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw SystemError(.mapRing, errno: errno)
    }
    base = mapped
    self.dataBytes = dataBytes
    largestRecord = stackBytes + Self.recordBytes
    // A record's size has 16 bits, and no record is larger than the ring.
    wrapped = .allocate(byteCount: min(dataBytes, 65536), alignment: 8)
  }

  /// The largest ring for samples with `stackBytes` that the user may have, up to `limit` bytes.
  public static func forSamples(
    of event: borrowing PerfEvent, limit: Int, stackBytes: Int
  ) throws(SystemError) -> PerfRing {
    var rest = sampleRingSizes.drop { $0 > limit }
    var size = rest.popFirst() ?? sampleRingSizes.last!
    while true {
      do {
        return try PerfRing(of: event, dataBytes: size, stackBytes: stackBytes)
      } catch {
        guard error.errno == EPERM || error.errno == ENOMEM, let next = rest.popFirst() else {
          throw error
        }
        size = next
      }
    }
  }

  deinit {
    munmap(base, pageBytes + dataBytes)
    wrapped.deallocate()
  }

  /// True if the kernel has written records that were not yet visited.
  public var hasRecords: Bool { head != tail }

  /// Calls `body` with each new record, header included, then gives the space back to the kernel.
  /// The bytes are valid only inside the call.
  ///
  /// Returns true if the ring was so full that the kernel may have dropped records behind the last
  /// one: it says so in a record only when there is room again.
  @discardableResult
  public mutating func drain(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    let end = head
    let mayHaveDropped = end &- tail > UInt64(max(dataBytes - largestRecord, 0))
    while tail != end, let record = record(at: tail, end: end) {
      body(record)
      tail &+= UInt64(record.count)
    }
    tail = end
    release()
    return mayHaveDropped
  }

  /// The kernel publishes `data_head` after the records it covers: load-acquire pairs with that.
  private var head: UInt64 {
    atomic(MemoryLayout<perf_event_mmap_page>.offset(of: \.data_head)!)
      .pointee.load(ordering: .acquiring)
  }

  /// The records have been read: store-release tells the kernel that it may overwrite them.
  private func release() {
    atomic(MemoryLayout<perf_event_mmap_page>.offset(of: \.data_tail)!)
      .pointee.store(tail, ordering: .releasing)
  }

  private func atomic(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// The record at `position`, copied to `wrapped` if it continues at the start of the ring. Nil if
  /// its size cannot be right, which no kernel writes.
  private func record(at position: UInt64, end: UInt64) -> UnsafeRawBufferPointer? {
    let data = base + pageBytes
    let offset = Int(position % UInt64(dataBytes))
    let size = Int((data + offset).load(as: perf_event_header.self).size)
    guard size >= MemoryLayout<perf_event_header>.size, UInt64(size) <= end &- position,
      size <= dataBytes
    else {
      return nil
    }
    let first = min(size, dataBytes - offset)
    if first == size { return UnsafeRawBufferPointer(start: data + offset, count: size) }
    wrapped.baseAddress!.copyMemory(from: data + offset, byteCount: first)
    (wrapped.baseAddress! + first).copyMemory(from: data, byteCount: size - first)
    return UnsafeRawBufferPointer(rebasing: wrapped[..<size])
  }
}
