public import SampleTypes

/// The fields of a code object that tell whether an address still holds the same one.
///
/// CPython frees code objects and reuses their memory; the pointers to names, file, line table and constants
/// and, from 3.12 on, the code version, do not all survive that.
public struct CodeFingerprint: Hashable, Sendable, BitwiseCopyable {
  /// False for a freed object, which keeps most of its bytes.
  public var isAlive: Bool
  /// `ob_type`.
  public var type: RemoteAddress
  var firstLine: UInt32
  var flags: UInt32
  var version: UInt32
  var fileName: RemoteAddress
  var name: RemoteAddress
  var qualifiedName: RemoteAddress
  var lineTable: RemoteAddress
  /// Of all that does not change while the object lives; up to 3.11, which numbers no versions.
  var digest: UInt64
  /// `CodeText` of its names, where code objects have no numbers; 0 while that is not known.
  var text: UInt32 = 0

  /// What to read in order to compare: one short range inside the code object.
  public static func range(of code: RemoteAddress, layout: Layout) -> AddressRange {
    let range = layout.fingerprintRange
    return AddressRange(start: code + range.lowerBound, end: code + range.upperBound)
  }

  /// From the bytes of `range(of:layout:)`, without the text of its names unless they were copied inside the kernel;
  /// nil if there are too few.
  public init?(_ bytes: UnsafeRawBufferPointer, layout: Layout) {
    let code = layout.code
    let range = layout.fingerprintRange
    guard bytes.count >= range.count else { return nil }
    let base = range.lowerBound
    if !layout.numbersCode, let packed = CodeText.unpack(bytes.word(0)) {
      isAlive = packed.count > 0
      text = packed.hash
    } else {
      isAlive = layout.isAlive(bytes)
    }
    type = bytes.pointer(layout.object.type - base)
    firstLine = bytes.field(UInt32.self, code.firstLine - base)
    flags = bytes.field(UInt32.self, code.flags - base)
    version = code.version.map { bytes.field(UInt32.self, $0 - base) } ?? 0
    fileName = bytes.pointer(code.fileName - base)
    name = bytes.pointer(code.name - base)
    qualifiedName = code.qualifiedName.map { bytes.pointer($0 - base) } ?? .null
    lineTable = bytes.pointer(code.lineTable - base)
    digest = 0
    guard !layout.numbersCode else { return }
    // FNV-1a by words. `co_warmup` (3.11), behind the flags, counts down.
    digest = 0xcbf2_9ce4_8422_2325
    let constant = layout.object.type - base
    for offset in stride(from: constant, to: range.count - 7, by: 8)
    where offset + base != code.flags {
      digest = (digest ^ bytes.word(offset)) &* 0x100_0000_01b3
    }
  }

  /// Reads it from the target; nil if the code object cannot be read.
  public init?(of code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    self.init(withoutTextOf: code, layout: layout, memory: &memory)
    readText(layout: layout, memory: &memory)
  }

  /// The same without the text of its names.
  public init?(
    withoutTextOf code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) {
    let range = Self.range(of: code, layout: layout)
    let fingerprint = withUnsafeTemporaryAllocation(byteCount: range.count, alignment: 8) {
      buffer -> CodeFingerprint? in
      guard memory.copyBytes(at: range.start, into: buffer) == buffer.count else { return nil }
      return CodeFingerprint(UnsafeRawBufferPointer(buffer), layout: layout)
    }
    guard let fingerprint else { return nil }
    self = fingerprint
  }

  /// Reads the text of the names, if that is not known and counts. The object must be alive still.
  public mutating func readText(layout: Layout, memory: inout some RemoteMemory) {
    guard isAlive, text == 0, !layout.numbersCode else { return }
    text = CodeText.hash(of: self, layout: layout, memory: &memory) ?? 0
  }

  /// What `readText` reads: a name, and a file's name.
  public func textRanges(layout: Layout) -> (AddressRange, AddressRange) {
    CodeText.ranges(of: self, layout: layout)
  }

  /// The same object, as far as the text of its names was not asked for.
  public func agreesButForText(with other: CodeFingerprint) -> Bool {
    var same = self
    same.text = other.text
    return same == other
  }

  /// Takes the text over from the same object.
  public mutating func assumeText(of other: CodeFingerprint) { text = other.text }
}
