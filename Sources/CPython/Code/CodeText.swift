import SampleTypes

/// A hash of the text of a code object's name and of its file's name.
///
/// Up to 3.11 a program that makes code in a loop gets the same memory again and again: a later code object may lie
/// at the address of an earlier one and point to the same addresses for its names, which hold other text by then.
/// The program that samples inside the kernel has the same hash (`text_hash` in tick_program.bpf.c).
enum CodeText {
  /// What is hashed at most: bytes of a name and of a file's name (`TICK_NAME_TEXT`, `TICK_FILE_TEXT`), and characters
  /// of a length (`TICK_TEXT_LENGTH`).
  private static let nameBytes = 112
  private static let fileBytes = 176

  /// In the word of a reference count: that a hash is in it, and where (`TICK_TEXT`, `TICK_TEXT_SHIFT`).
  private static let mark: UInt64 = 1 << 63
  private static let shift: UInt64 = 31

  static func hash(name: RawString, file: RawString) -> UInt32 {
    var hash: UInt64 = 0
    add(name, most: nameBytes, to: &hash)
    add(file, most: fileBytes, to: &hash)
    return UInt32(hash >> 32)
  }

  /// Reads the names from the target; nil if they cannot be read.
  static func hash(
    of print: CodeFingerprint, layout: Layout, memory: inout some RemoteMemory
  ) -> UInt32? {
    guard
      let name = RawString.capture(
        at: name(of: print, layout), guess: nameBytes, layout: layout, memory: &memory),
      let file = RawString.capture(
        at: print.fileName, guess: fileBytes, layout: layout, memory: &memory)
    else { return nil }
    return hash(name: name, file: file)
  }

  /// What `hash(of:)` reads.
  static func ranges(of print: CodeFingerprint, layout: Layout) -> (AddressRange, AddressRange) {
    (
      RawString.range(at: name(of: print, layout), guess: nameBytes, layout: layout),
      RawString.range(at: print.fileName, guess: fileBytes, layout: layout)
    )
  }

  private static func name(of print: CodeFingerprint, _ layout: Layout) -> RemoteAddress {
    layout.code.qualifiedName == nil ? print.name : print.qualifiedName
  }

  /// The hash that a copied word of a reference count carries, and the count; no hash in one that was read as it is.
  static func unpack(_ word: UInt64) -> (hash: UInt32, count: UInt64)? {
    guard word & mark != 0 else { return nil }
    return (UInt32(truncatingIfNeeded: word >> shift), word & (1 << shift - 1))
  }

  private static func add(_ text: RawString, most: Int, to hash: inout UInt64) {
    mix(UInt64(text.bytes.count / text.kind) << 3 | UInt64(text.kind), into: &hash)
    text.bytes.withUnsafeBytes { bytes in
      let size = min(bytes.count, most)
      for start in stride(from: 0, to: size, by: 8) {
        var word: UInt64 = 0
        for index in 0..<min(8, size - start) {
          word |= UInt64(bytes[start + index]) << UInt64(8 * index)
        }
        mix(word, into: &hash)
      }
    }
  }

  private static func mix(_ word: UInt64, into hash: inout UInt64) {
    hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
    hash ^= hash >> 29
  }
}
