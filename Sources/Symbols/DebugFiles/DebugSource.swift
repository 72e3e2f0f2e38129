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
  /// Where what it shares with others may lie; nil: nowhere.
  private let places: DebugFiles?

  init(_ file: OpenFile, places: DebugFiles? = nil) {
    self.file = file
    self.places = places
  }

  /// Opens the DWARF anew, for the calling thread; nil where it cannot be used.
  public func lines() -> SourceLines? {
    guard let image = try? ElfImage(file: file) else { return nil }
    return SourceLines(image, supplement: places?.supplement(of: image))
  }

  /// The symbols of the file, for the calling thread; nil where it cannot be read.
  public func symbols() -> SymbolTable? {
    (try? ElfImage(file: file)).map { SymbolTable([$0]) }
  }
}
