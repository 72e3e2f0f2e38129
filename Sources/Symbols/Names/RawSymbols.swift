import CElfutils
import Glibc

/// One `.symtab` or `.dynsym` with its strings. Nothing of it stays in memory but pages of strings.
struct RawSymbols {
  let image: ElfImage
  let isDynamic: Bool
  private let section: ElfSection
  /// Entries that are in the file.
  private let count: UInt64
  private let strings: StringPages

  /// Nil if the section is not a symbol table, refers to no strings, or is larger than `ReadingBounds`
  /// allow.
  init?(image: ElfImage, section: ElfSection) {
    isDynamic = section.type == UInt32(SHT_DYNSYM)
    guard isDynamic || section.type == UInt32(SHT_SYMTAB),
      Int(section.link) < image.sections.count, image.available(section) > 0,
      // Three times: it is read, and what is made of it is as large again, and sorted.
      image.isReadable(
        image.available(section) * 3, upTo: ReadingBounds.symbols * 3, as: .symbols),
      let strings = StringPages(image, section: image.sections[Int(section.link)])
    else { return nil }
    self.image = image
    self.section = section
    self.strings = strings
    count = image.available(section) / UInt64(MemoryLayout<Elf64_Sym>.size)
  }

  /// Calls `body` with every entry.
  func visit(_ body: (Elf64_Sym) -> Void) {
    let size = MemoryLayout<Elf64_Sym>.size
    let perChunk: UInt64 = 1 << 14
    var next: UInt64 = 0
    while next < count {
      let chunk = min(perChunk, count - next)
      guard
        let bytes = image.transientBytes(
          at: section.fileOffset &+ next * UInt64(size), count: Int(chunk) * size)
      else { return }
      bytes.withUnsafeBytes { buffer in
        for index in 0..<Int(chunk) {
          body(buffer.loadUnaligned(fromByteOffset: index * size, as: Elf64_Sym.self))
        }
      }
      next += chunk
    }
  }

  /// Nil beyond the end.
  func entry(_ index: Int) -> Elf64_Sym? {
    let size = MemoryLayout<Elf64_Sym>.size
    guard index >= 0, UInt64(index) < count else { return nil }
    let bytes = image.transientBytes(
      at: section.fileOffset &+ UInt64(index * size), count: size)
    return bytes?.withUnsafeBytes { $0.loadUnaligned(as: Elf64_Sym.self) }
  }

  func nameBytes(at offset: UInt32) -> [UInt8]? { strings.string(at: offset) }

  func name(at offset: UInt32) -> String {
    nameBytes(at: offset).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  func symbol(named name: String) -> (address: UInt64, size: UInt64)? {
    guard !name.isEmpty else { return nil }
    let positions = strings.positions(of: name)
    guard !positions.isEmpty else { return nil }
    var found: (address: UInt64, size: UInt64)?
    visit { entry in
      guard found == nil, entry.st_shndx != UInt16(SHN_UNDEF), positions.contains(entry.st_name)
      else { return }
      found = (entry.st_value, entry.st_size)
    }
    return found
  }
}
