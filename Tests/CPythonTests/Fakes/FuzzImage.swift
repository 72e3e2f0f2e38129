import SampleTypes
import Support

/// Pages of a process in one block of memory: words can be overwritten and pages removed, and all of
/// that undone at once. Made for hundreds of thousands of rounds in a debug build.
final class FuzzImage: RemoteMemory {
  private static let pageSize = UInt64(FakeMemory.pageSize)
  private static let removed = UInt64.max

  /// An open-addressing table of page numbers, 0 where free, and beside it where each page is.
  private let keys: UnsafeMutablePointer<UInt64>
  private let places: UnsafeMutablePointer<UInt64>
  private let mask: UInt64
  private let bytes: UnsafeMutableRawPointer
  private var changes: [(word: UnsafeMutablePointer<UInt64>, before: UInt64)] = []

  /// Since `resetCounts`.
  private(set) var readCount = 0
  private(set) var byteCount = 0
  /// Every range that was asked for, while it is set.
  var log: [AddressRange]?

  init(_ pages: [UInt64: [UInt8]]) {
    var capacity = 64
    while capacity < 4 * pages.count { capacity *= 2 }
    mask = UInt64(capacity - 1)
    keys = .allocate(capacity: capacity)
    keys.initialize(repeating: 0, count: capacity)
    places = .allocate(capacity: capacity)
    places.initialize(repeating: 0, count: capacity)
    bytes = .allocate(byteCount: max(pages.count, 1) * FakeMemory.pageSize, alignment: 4096)
    for (index, page) in pages.enumerated() {
      let slot = slot(of: page.key)
      keys[slot] = page.key
      places[slot] = UInt64(index) * Self.pageSize
      let place = bytes + index * FakeMemory.pageSize
      page.value.withUnsafeBytes {
        place.copyMemory(from: $0.baseAddress!, byteCount: FakeMemory.pageSize)
      }
    }
  }

  deinit {
    keys.deallocate()
    places.deallocate()
    bytes.deallocate()
  }

  /// Where a page number is, or the free place where it would be.
  private func slot(of page: UInt64) -> Int {
    var slot = (page &* 0x9e37_79b9_7f4a_7c15) >> 32 & mask
    while keys[Int(slot)] != 0 && keys[Int(slot)] != page { slot = (slot &+ 1) & mask }
    return Int(slot)
  }

  func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    log?.append(AddressRange(start: address, end: address + buffer.count))
    readCount += 1
    var copied = 0
    while copied < buffer.count {
      let raw = address.rawValue &+ UInt64(copied)
      let page = raw / Self.pageSize
      let slot = slot(of: page)
      guard page != 0, keys[slot] == page, places[slot] != Self.removed else { break }
      let offset = Int(raw % Self.pageSize)
      let count = min(FakeMemory.pageSize - offset, buffer.count - copied)
      (buffer.baseAddress! + copied).copyMemory(
        from: bytes + (Int(places[slot]) + offset), byteCount: count)
      copied += count
    }
    byteCount += copied
    return copied
  }

  func resetCounts() { (readCount, byteCount) = (0, 0) }

  // MARK: Mutations

  /// Overwrites the aligned word that contains `address`; nothing where no page is.
  func overwrite(_ address: RemoteAddress, _ value: UInt64) {
    let slot = slot(of: address.rawValue / Self.pageSize)
    guard keys[slot] != 0, places[slot] != Self.removed else { return }
    let offset = Int(places[slot] + address.rawValue % Self.pageSize) & ~7
    change((bytes + offset).assumingMemoryBound(to: UInt64.self), to: value)
  }

  /// Takes away the page that contains `address`.
  func remove(_ address: RemoteAddress) {
    let slot = slot(of: address.rawValue / Self.pageSize)
    if keys[slot] != 0 { change(places + slot, to: Self.removed) }
  }

  private func change(_ word: UnsafeMutablePointer<UInt64>, to value: UInt64) {
    changes.append((word, word.pointee))
    word.pointee = value
  }

  /// The image as it was made.
  func restore() {
    for change in changes.reversed() { change.word.pointee = change.before }
    changes.removeAll(keepingCapacity: true)
  }
}
