import Symbols

/// The DWARF of one build, opened; and its symbols, where it was downloaded: the recording named its
/// functions before it came.
///
/// `@unchecked`: it goes from thread to thread, and only one has it at a time.
final class OpenedSource: @unchecked Sendable {
  private let lines: SourceLines?
  private let symbols: SymbolTable?
  /// Why it could not be asked for.
  let failure: DebuginfodError?

  init(_ source: DebugSource) {
    switch source {
    case .file(let file):
      lines = file.lines()
      symbols = nil
      failure = nil
    case .download(let buildID):
      var file: DebugFile?
      var caught: DebuginfodError?
      do { file = try Debuginfod().file(buildID: buildID) } catch { caught = error }
      lines = file?.lines()
      symbols = file?.symbols()
      failure = caught
    }
  }

  /// True if another thread may open the same, for the memory that takes.
  var isSmall: Bool { (lines?.size ?? 0) <= 32 << 20 }

  /// Outermost first; empty if nothing is known of the address.
  func frames(at address: UInt64, inlined: Bool) -> [SourceFrame] {
    var frames = lines?.frames(at: address, inlined: inlined) ?? []
    guard let symbol = symbols?.symbol(at: address) else { return frames }
    if frames.isEmpty { frames.append(SourceFrame()) }
    frames[0].name = sourceName(ofSymbol: symbol.name)
    return frames
  }
}
