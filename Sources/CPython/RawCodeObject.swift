public import SampleTypes

/// A code object's raw bytes, copied when it was first seen and decoded later, on another thread.
public struct RawCodeObject: Hashable, Sendable {
  public var address: RemoteAddress
  /// To be compared with later reads of the same address.
  public var fingerprint: CodeFingerprint
  var layout: Layout
  var qualifiedName: RawString
  var fileName: RawString
  var lineTable: [UInt8]
  /// Where the bytecode lies, from 3.11 on.
  public var bytecodeRange: AddressRange?

  /// Copies what names a code object, in four reads where sizes are usual. Nil if the address
  /// holds no code object.
  public static func capture(
    at code: RemoteAddress, runtime: PythonRuntime, memory: inout some RemoteMemory
  ) -> RawCodeObject? {
    nil
  }

  /// Turns the bytes into text; takes time, needs no memory of the target.
  public func decode() -> CodeObject {
    CodeObject(
      qualifiedName: qualifiedName.decode(), fileName: fileName.decode(),
      firstLine: Int32(bitPattern: fingerprint.firstLine), bytecodeRange: bytecodeRange,
      isInitTrampoline: false,
      lineTable: LineTable(encoding: LineTable.Encoding(minor: layout.minor), bytes: lineTable))
  }
}
