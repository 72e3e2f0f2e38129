import CElfutils
import Glibc

/// One `.symtab` or `.dynsym` with its strings, as bytes of the file.
struct RawSymbols {
  let image: ElfImage
  let isDynamic: Bool
  private let entries: ByteView
  private let strings: ByteView

  /// Nil if the section is not a symbol table, or refers to no strings.
  init?(image: ElfImage, section: ElfSection) {
    isDynamic = section.type == UInt32(SHT_DYNSYM)
    guard isDynamic || section.type == UInt32(SHT_SYMTAB),
      Int(section.link) < image.sections.count,
      let entries = image.contents(of: section),
      let strings = image.contents(of: image.sections[Int(section.link)])
    else { return nil }
    self.image = image
    self.entries = entries
    self.strings = strings
  }

  var count: Int { entries.count / MemoryLayout<Elf64_Sym>.size }

  /// Nil beyond the end.
  func entry(_ index: Int) -> Elf64_Sym? {
    entries.load(Elf64_Sym.self, at: index * MemoryLayout<Elf64_Sym>.size)
  }

  func nameBytes(at offset: UInt32) -> UnsafeRawBufferPointer? {
    strings.stringBytes(at: Int(offset))
  }

  func name(at offset: UInt32) -> String {
    nameBytes(at: offset).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  func symbol(named name: String) -> (address: UInt64, size: UInt64)? {
    var name = name
    return name.withUTF8 { wanted in
      for index in 0..<count {
        // Names are compared without looking for their end first: most differ at once.
        guard let entry = entry(index), entry.st_shndx != UInt16(SHN_UNDEF),
          let first = strings.load(UInt8.self, at: Int(entry.st_name)), first == wanted.first,
          let bytes = nameBytes(at: entry.st_name), bytes.elementsEqual(wanted)
        else { continue }
        return (entry.st_value, entry.st_size)
      }
      return nil
    }
  }
}
