public import SampleTypes

extension RawCodeObject {
  /// The largest line table that is kept, in bytes, and the longest bytecode that is believed.
  static let lineTableLimit = 1 << 20
  static let bytecodeLimit = 1 << 26

  /// Copies what names a code object, in four reads where sizes are usual, five up to 3.10. Nil if the address
  /// holds no code object that can be read.
  public static func capture(
    at code: RemoteAddress, runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> RawCodeObject? {
    let layout = runtime.layout
    guard code.isPlausiblePointer,
      let header = CodeHeader(at: code, layout: layout, memory: &memory),
      runtime.codeType == nil || header.type == runtime.codeType
    else { return nil }
    let name = layout.code.qualifiedName == nil ? header.print.name : header.print.qualifiedName
    guard
      let qualifiedName = RawString.capture(
        at: name, guess: 160, layout: layout.unicode, memory: &memory),
      let fileName = RawString.capture(
        at: header.print.fileName, guess: 384, layout: layout.unicode, memory: &memory)
    else { return nil }
    // A line table takes about one byte a code unit; without one the name is still worth having.
    let guess = min(max(header.codeUnits ?? 256, 128), 4096)
    let lineTable = bytesObject(
      at: header.print.lineTable, guess: guess, layout: layout.object, memory: &memory)
    return RawCodeObject(
      address: code, fingerprint: header.print,
      bytecodeRange: header.bytecodeRange(of: code, layout: layout, memory: &memory),
      minor: layout.minor, qualifiedName: qualifiedName, fileName: fileName,
      lineTable: lineTable ?? [])
  }

  /// The content of a `bytes` object, in one read if it is no longer than `guess`.
  private static func bytesObject(
    at object: RemoteAddress, guess: Int, layout: Layout.Object, memory: inout some RemoteMemory
  ) -> [UInt8]? {
    guard object.isPlausiblePointer else { return nil }
    var copy = [UInt8](unsafeUninitializedCapacity: layout.bytesData + guess) { buffer, count in
      count = memory.copyBytes(at: object, into: UnsafeMutableRawBufferPointer(buffer))
    }
    guard copy.count >= layout.bytesData,
      let size = Int(exactly: copy.withUnsafeBytes { $0.word(layout.size) }),
      size <= lineTableLimit
    else { return nil }
    let excess = copy.count - layout.bytesData - size
    guard excess >= 0 else { return memory.bytes(at: object + layout.bytesData, count: size) }
    copy.removeLast(excess)
    copy.removeFirst(layout.bytesData)
    return copy
  }
}

/// The fields of `PyCodeObject` itself.
private struct CodeHeader {
  var type: RemoteAddress
  var print: CodeFingerprint
  /// `co_code`, up to 3.10.
  var bytecodeObject: RemoteAddress?
  /// Length of the bytecode in units of two bytes, and where it starts in the object; from 3.11 on.
  var codeUnits: Int?
  var bytecode: Int?

  init?(at code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    let size = max(layout.code.size, layout.code.fingerprintRange.upperBound)
    let header = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) {
      buffer -> CodeHeader? in
      guard memory.copyBytes(at: code, into: buffer) == size else { return nil }
      return CodeHeader(UnsafeRawBufferPointer(buffer), layout: layout)
    }
    guard let header else { return nil }
    self = header
  }

  private init?(_ bytes: UnsafeRawBufferPointer, layout: Layout) {
    let range = layout.code.fingerprintRange
    guard let print = CodeFingerprint(.init(rebasing: bytes[range]), layout: layout)
    else { return nil }
    self.print = print
    type = bytes.pointer(layout.object.type)
    bytecodeObject = layout.code.bytecodeObject.map(bytes.pointer)
    guard let offset = layout.code.bytecode else { return }
    let units = bytes.word(layout.object.size)
    guard units <= UInt64(RawCodeObject.bytecodeLimit) else { return nil }
    bytecode = offset
    codeUnits = Int(units)
  }

  func bytecodeRange(
    of code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) -> AddressRange? {
    if let object = bytecodeObject, object.isPlausiblePointer {
      let start = object + layout.object.bytesData
      return memory.word(at: object + layout.object.size)
        .flatMap { $0 <= UInt64(RawCodeObject.bytecodeLimit) ? Int($0) : nil }
        .map { AddressRange(start: start, end: start + $0) }
    }
    guard let bytecode, let codeUnits else { return nil }
    return AddressRange(start: code + bytecode, end: code + bytecode + 2 * codeUnits)
  }
}
