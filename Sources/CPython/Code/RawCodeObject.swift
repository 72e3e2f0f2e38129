public import SampleTypes

/// A code object's raw bytes, copied when it was first seen and decoded later, on another thread.
public struct RawCodeObject: Hashable, Sendable {
  public var address: RemoteAddress
  /// To be compared with later reads of the same address.
  public var fingerprint: CodeFingerprint
  /// Where the bytecode lies, in the object itself from 3.11 on.
  public var bytecodeRange: AddressRange?
  var minor: Int
  var qualifiedName: RawString
  var fileName: RawString
  var lineTable: [UInt8]
  /// False where `lineTable` is a part of it, of whole entries.
  public var hasAllLines = true

  /// Turns the bytes into text; takes time, needs no memory of the target.
  public func decode() -> CodeObject {
    let name = qualifiedName.decode()
    let file = fileName.decode()
    let firstLine = Int32(bitPattern: fingerprint.firstLine)
    return CodeObject(
      qualifiedName: name, fileName: file, firstLine: firstLine, bytecodeRange: bytecodeRange,
      // A shim code object names itself in place of a file (Objects/codeobject.c,
      // _Py_MakeShimCode).
      isInitTrampoline: minor >= 13 && firstLine <= 0 && name == "__init__" && file == "__init__",
      lineTable: LineTable(
        encoding: LineTable.Encoding(minor: minor), bytes: lineTable, isCut: !hasAllLines))
  }
}
