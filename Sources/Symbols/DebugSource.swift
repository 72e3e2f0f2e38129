/// Where the DWARF of a module is; may be handed to another thread and opened there.
public enum DebugSource: Sendable {
  /// The module's own file or its separate debug file, open.
  case file(DebugFile)
  /// A debuginfod server may have it.
  case download(buildID: String)
}

/// An open file that has DWARF.
public struct DebugFile: Sendable {
  let file: OpenFile

  init(_ file: OpenFile) { self.file = file }

  /// Opens the DWARF anew, for the calling thread; nil where it cannot be used.
  public func lines() -> SourceLines? {
    guard let image = try? ElfImage(file: file) else { return nil }
    return SourceLines(image)
  }

  /// The symbols of the file, for the calling thread; nil where it cannot be read.
  public func symbols() -> SymbolTable? {
    (try? ElfImage(file: file)).map { SymbolTable([$0]) }
  }
}
