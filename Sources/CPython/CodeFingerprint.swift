public import SampleTypes

/// The few fields of a code object that tell whether an address still holds the same one.
///
/// CPython frees code objects and reuses their memory; the pointers to names, file and line table
/// and, from 3.12 on, the code version, do not all survive that.
public struct CodeFingerprint: Hashable, Sendable, BitwiseCopyable {
  var firstLine: UInt32
  var flags: UInt32
  var version: UInt32
  var fileName: RemoteAddress
  var name: RemoteAddress
  var qualifiedName: RemoteAddress
  var lineTable: RemoteAddress

  /// What to read in order to compare: one short range inside the code object.
  public static func range(of code: RemoteAddress, layout: Layout) -> AddressRange {
    let range = layout.code.fingerprintRange
    return AddressRange(start: code + range.lowerBound, end: code + range.upperBound)
  }

  /// From the bytes of `range(of:layout:)`; nil if there are too few.
  public init?(_ bytes: UnsafeRawBufferPointer, layout: Layout) {
    let code = layout.code
    guard bytes.count >= code.fingerprintRange.count else { return nil }
    let base = code.fingerprintRange.lowerBound
    firstLine = bytes.field(UInt32.self, code.firstLine - base)
    flags = bytes.field(UInt32.self, code.flags - base)
    version = code.version.map { bytes.field(UInt32.self, $0 - base) } ?? 0
    fileName = bytes.pointer(code.fileName - base)
    name = bytes.pointer(code.name - base)
    qualifiedName = code.qualifiedName.map { bytes.pointer($0 - base) } ?? .null
    lineTable = bytes.pointer(code.lineTable - base)
  }

  /// Reads it from the target; nil if the code object cannot be read.
  public init?(of code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    let range = Self.range(of: code, layout: layout)
    let fingerprint = withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 8) {
      buffer -> CodeFingerprint? in
      guard memory.copyBytes(at: range.start, into: buffer) == buffer.count else { return nil }
      return CodeFingerprint(UnsafeRawBufferPointer(buffer), layout: layout)
    }
    guard let fingerprint else { return nil }
    self = fingerprint
  }
}
