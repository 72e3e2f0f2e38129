/// Why a module has no image: its frames keep addresses, but no names and no unwind rows.
public enum ElfError: Error, Hashable, Sendable {
  /// The file cannot be opened; `errno` of the last way tried.
  case cannotOpen(errno: Int32)
  /// Another file has the path now, and the mapped one cannot be reached.
  case replaced
  /// Not a little-endian 64-bit x86-64 ELF file.
  case notELF
  /// The headers contradict themselves or the size of the file.
  case malformed
  /// Its headers describe more than `ReadingBounds` allow.
  case beyondBounds
}
