public import SampleTypes

/// Target memory made of literals or recorded from a live process: pages that are mapped and
/// everything else, which is not.
public struct FakeMemory: RemoteMemory {
  public static let pageSize = 4096

  public private(set) var pages: [UInt64: [UInt8]] = [:]
  /// Every range that was asked for, while `isLogging`.
  public var log: [AddressRange] = []
  public var isLogging = false

  public init() {}

  /// Writes bytes and maps the pages that they touch; the rest of a new page is zero.
  public mutating func store(_ bytes: [UInt8], at address: RemoteAddress) {
    for (index, byte) in bytes.enumerated() {
      let raw = address.rawValue + UInt64(index)
      let page = raw / UInt64(Self.pageSize)
      pages[page, default: [UInt8](repeating: 0, count: Self.pageSize)][
        Int(raw % UInt64(Self.pageSize))] = byte
    }
  }

  /// Writes a value little-endian.
  public mutating func store<T: FixedWidthInteger & BitwiseCopyable>(
    _ value: T, at address: RemoteAddress
  ) {
    store(withUnsafeBytes(of: value.littleEndian) { Array($0) }, at: address)
  }

  public mutating func store(_ pointer: RemoteAddress, at address: RemoteAddress) {
    store(pointer.rawValue, at: address)
  }

  /// Makes the page that contains `address` unreadable.
  public mutating func unmap(_ address: RemoteAddress) {
    pages[address.rawValue / UInt64(Self.pageSize)] = nil
  }

  public mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    if isLogging { log.append(AddressRange(start: address, end: address + buffer.count)) }
    var copied = 0
    while copied < buffer.count {
      let raw = address.rawValue &+ UInt64(copied)
      guard let page = pages[raw / UInt64(Self.pageSize)] else { break }
      let offset = Int(raw % UInt64(Self.pageSize))
      let count = min(Self.pageSize - offset, buffer.count - copied)
      page.withUnsafeBytes {
        buffer.baseAddress!.advanced(by: copied)
          .copyMemory(from: $0.baseAddress!.advanced(by: offset), byteCount: count)
      }
      copied += count
    }
    return copied
  }
}
