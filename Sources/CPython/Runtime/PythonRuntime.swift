public import SampleTypes

/// The CPython runtime of one process: where it is and how to read it.
public struct PythonRuntime: Hashable, Sendable {
  public var version: PythonVersion
  /// False where it was guessed by a file's name, which does not tell the micro version: the interpreter was
  /// only starting. See `readVersion`.
  public var versionIsRead = true
  /// Of `_PyRuntime`.
  public var address: RemoteAddress
  public var layout: Layout
  public var layoutSource: LayoutSource
  /// The mapped file that holds it: the executable or a `libpython`.
  public var module: MappedModule
  public var origin: Origin
  /// Of `PyCode_Type`: what the type pointer of every code object must be. Nil if it is not exported, and
  /// no thread had a code object to tell it.
  public var codeType: RemoteAddress?
  /// Of `PyUnicode_Type`; nil if it is not exported.
  public var stringType: RemoteAddress?

  /// How the runtime was found.
  public enum Origin: UInt8, Sendable, CaseIterable {
    /// The symbol `_PyRuntime`.
    case symbol
    /// The section `.PyRuntime` (3.10 on).
    case section
    /// The cookie of `_Py_DebugOffsets` in writable memory (3.13 on).
    case cookie
    /// The pointers between an interpreter and its thread states.
    case pointers
  }

  public init(
    version: PythonVersion, address: RemoteAddress, layout: Layout,
    layoutSource: LayoutSource = .measured, module: MappedModule, origin: Origin,
    codeType: RemoteAddress? = nil, stringType: RemoteAddress? = nil
  ) {
    self.version = version
    self.address = address
    self.layout = layout
    self.layoutSource = layoutSource
    self.module = module
    self.origin = origin
    self.codeType = codeType
    self.stringType = stringType
  }
}
