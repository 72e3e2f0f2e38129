public import SampleTypes

extension RawCodeObject {
  /// The largest line table that is kept, in bytes, and the longest bytecode that is believed.
  static let lineTableLimit = 1 << 20
  static let bytecodeLimit = 1 << 26

  /// Copies what names a code object, in five reads where sizes are usual, six up to 3.10. Nil if the address
  /// holds no code object that can be read.
  ///
  /// Nothing keeps a code object alive that a thread has left. Freed memory keeps most of its bytes, and
  /// what a freed object points to may be any other string of the program: a name counts only if the object
  /// is alive after it was read, and the same as before.
  public static func capture(
    at code: RemoteAddress, runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> RawCodeObject? {
    let layout = runtime.layout
    guard code.isPlausiblePointer,
      let header = CodeHeader(at: code, layout: layout, memory: &memory),
      runtime.codeType == nil || header.print.type == runtime.codeType
    else { return nil }
    let name = layout.code.qualifiedName == nil ? header.print.name : header.print.qualifiedName
    guard
      let qualifiedName = string(at: name, guess: 160, runtime: runtime, memory: &memory),
      let fileName = string(
        at: header.print.fileName, guess: 384, runtime: runtime, memory: &memory)
    else { return nil }
    // A line table takes about one byte a code unit; without one the name is still worth having.
    let guess = min(max(header.codeUnits ?? 256, 128), 4096)
    let lineTable = bytesObject(
      at: header.print.lineTable, guess: guess, layout: layout.object, memory: &memory)
    let bytecode = header.bytecodeRange(of: code, layout: layout, memory: &memory)
    guard CodeHeader(at: code, layout: layout, memory: &memory)?.print == header.print
    else { return nil }
    var print = header.print
    if !layout.numbersCode { print.text = CodeText.hash(name: qualifiedName, file: fileName) }
    return RawCodeObject(
      address: code, fingerprint: print, bytecodeRange: bytecode,
      minor: layout.minor, qualifiedName: qualifiedName, fileName: fileName,
      lineTable: lineTable ?? [], hasAllLines: lineTable != nil)
  }

  /// Makes one of what was copied of it and of its names at one instant, at which it was alive. Nil if too
  /// little was copied.
  ///
  /// - Parameter memory: holds these copies and nothing else.
  public static func copied(
    _ print: CodeFingerprint, at code: RemoteAddress, runtime: PythonRuntime,
    memory: inout some RemoteMemory
  ) -> RawCodeObject? {
    let layout = runtime.layout
    let name = layout.code.qualifiedName == nil ? print.name : print.qualifiedName
    guard let type = runtime.stringType,
      let qualifiedName = RawString.capture(
        at: name, guess: copyGuess, layout: layout, type: type, memory: &memory),
      let fileName = RawString.capture(
        at: print.fileName, guess: copyGuess, layout: layout, type: type, memory: &memory)
    else { return nil }
    let lines = copiedLines(at: print.lineTable, layout: layout.object, memory: &memory)
    return RawCodeObject(
      address: code, fingerprint: print,
      bytecodeRange: copiedBytecode(of: code, layout: layout, memory: &memory),
      minor: layout.minor, qualifiedName: qualifiedName, fileName: fileName,
      lineTable: lines.bytes, hasAllLines: lines.areAll)
  }

  /// More than a copy has.
  private static let copyGuess = 1024

  private static func copiedBytecode(
    of code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) -> AddressRange? {
    guard let offset = layout.code.bytecode,
      let units = memory.word(at: code + layout.object.size), units <= UInt64(bytecodeLimit)
    else { return nil }
    return AddressRange(start: code + offset, end: code + offset + 2 * Int(units))
  }

  /// As much of a line table as was copied; it tells the first lines. A long one is cut, and one that lies
  /// before a page that was never touched may not have been copied at all.
  private static func copiedLines(
    at object: RemoteAddress, layout: Layout.Object, memory: inout some RemoteMemory
  ) -> (bytes: [UInt8], areAll: Bool) {
    guard let size = memory.word(at: object + layout.size), size <= UInt64(lineTableLimit)
    else { return ([], false) }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      count = memory.copyBytes(
        at: object + layout.bytesData, into: UnsafeMutableRawBufferPointer(buffer))
    }
    return (bytes, bytes.count == Int(size))
  }

  /// The characters of an object that must be a `str`.
  private static func string(
    at object: RemoteAddress, guess: Int, runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> RawString? {
    let layout = runtime.layout
    let string = RawString.capture(
      at: object, guess: guess, layout: layout, type: runtime.stringType, memory: &memory)
    guard runtime.stringType == nil else { return string }
    // A stripped interpreter inside of another program does not export its types.
    guard let type = memory.pointer(at: object + layout.object.type), type.isPlausiblePointer,
      let flags = memory.word(at: type + layout.type.flags), flags & Layout.stringFlag != 0
    else { return nil }
    return string
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

/// The fields of a `PyCodeObject` that is alive.
private struct CodeHeader {
  var print: CodeFingerprint
  /// `co_code`, up to 3.10.
  var bytecodeObject: RemoteAddress?
  /// Length of the bytecode in units of two bytes, and where it starts in the object; from 3.11 on.
  var codeUnits: Int?
  var bytecode: Int?

  init?(at code: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    let size = max(layout.code.size, layout.fingerprintRange.upperBound)
    let header = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) {
      buffer -> CodeHeader? in
      guard memory.copyBytes(at: code, into: buffer) == size else { return nil }
      return CodeHeader(UnsafeRawBufferPointer(buffer), layout: layout)
    }
    guard let header else { return nil }
    self = header
  }

  private init?(_ bytes: UnsafeRawBufferPointer, layout: Layout) {
    let range = layout.fingerprintRange
    guard let print = CodeFingerprint(.init(rebasing: bytes[range]), layout: layout)
    else { return nil }
    guard print.isAlive else { return nil }
    self.print = print
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
