import CElfutils

/// The section headers of an ELF file, read by ourselves: libelf believes how many there are, and how
/// large the table with their names is.
enum ElfSectionTable {
  /// Programs have some forty, with a section for each function some thousand.
  private static let mostSections = 1 << 14
  private static let mostNameBytes: UInt64 = 1 << 20
  private static let longestName = 255

  /// All of them, by index; none where the file has no table or one that is not inside.
  static func sections(
    fileSize: UInt64, read: (UInt64, Int) -> [UInt8]?
  ) throws(ElfError) -> [ElfSection] {
    let size = MemoryLayout<Elf64_Shdr>.size
    guard let bytes = read(0, MemoryLayout<Elf64_Ehdr>.size) else { return [] }
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: Elf64_Ehdr.self) }
    guard header.e_shoff > 0, header.e_shoff < fileSize else { return [] }
    let room = (fileSize - header.e_shoff) / UInt64(size)
    guard Int(header.e_shentsize) == size, let first = table(header.e_shoff, 1, read)?.first
    else { return try none(room) }
    // Where the 16 bits of the header do not suffice, the first section header has the numbers (gABI).
    let count = header.e_shnum > 0 ? UInt64(header.e_shnum) : first.sh_size
    let names = header.e_shstrndx == 0xffff ? UInt64(first.sh_link) : UInt64(header.e_shstrndx)
    guard count <= room else { return try none(room) }
    guard count <= mostSections else { throw .beyondBounds }
    guard names < count, let headers = table(header.e_shoff, Int(count), read) else { return [] }
    let text = try strings(headers[Int(names)], fileSize, read)
    return headers.map { section($0, text) }
  }

  /// For a table that is not right. libelf would take as many headers as the file has room for.
  private static func none(_ room: UInt64) throws(ElfError) -> [ElfSection] {
    guard room <= mostSections else { throw .beyondBounds }
    return []
  }

  private static func table(
    _ offset: UInt64, _ count: Int, _ read: (UInt64, Int) -> [UInt8]?
  ) -> [Elf64_Shdr]? {
    let size = MemoryLayout<Elf64_Shdr>.size
    return read(offset, count * size).map { bytes in
      bytes.withUnsafeBytes { buffer in
        (0..<count).map { buffer.loadUnaligned(fromByteOffset: $0 * size, as: Elf64_Shdr.self) }
      }
    }
  }

  private static func strings(
    _ header: Elf64_Shdr, _ fileSize: UInt64, _ read: (UInt64, Int) -> [UInt8]?
  ) throws(ElfError) -> [UInt8] {
    guard header.sh_type != ElfSection.withoutBytes, header.sh_offset <= fileSize else { return [] }
    let available = min(header.sh_size, fileSize - header.sh_offset)
    guard available <= mostNameBytes else { throw .beyondBounds }
    return read(header.sh_offset, Int(available)) ?? []
  }

  private static func section(_ header: Elf64_Shdr, _ names: [UInt8]) -> ElfSection {
    let start = min(Int(header.sh_name), names.count)
    let name = names[start...].prefix(longestName).prefix { $0 != 0 }
    return ElfSection(
      name: String(decoding: name, as: UTF8.self), type: header.sh_type, flags: header.sh_flags,
      address: header.sh_addr, fileOffset: header.sh_offset, size: header.sh_size,
      link: header.sh_link, entrySize: header.sh_entsize)
  }
}
