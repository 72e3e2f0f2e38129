import CElfutils

/// The DWARF that several files share, for the one that refers to it; or none, which libdw takes only in
/// the form of a file without anything in it.
final class Supplement {
  let dwarf: OpaquePointer
  private let image: ElfImage?
  private let elf: OpaquePointer?
  private let memory: UnsafeMutableRawBufferPointer?

  /// Nil if the image has no DWARF.
  init?(_ image: ElfImage) {
    guard let dwarf = dwarf_begin_elf(image.elf, DWARF_C_READ, nil) else { return nil }
    self.dwarf = dwarf
    self.image = image
    elf = nil
    memory = nil
  }

  /// One in which nothing is found.
  init?() {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.empty.count, alignment: 16)
    memory.copyBytes(from: Self.empty)
    elf_version(UInt32(EV_CURRENT))
    let start = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
    guard let elf = elf_memory(start, memory.count) else {
      memory.deallocate()
      return nil
    }
    guard let dwarf = dwarf_begin_elf(elf, DWARF_C_READ, nil) else {
      elf_end(elf)
      memory.deallocate()
      return nil
    }
    self.dwarf = dwarf
    self.elf = elf
    self.memory = memory
    image = nil
  }

  deinit {
    dwarf_end(dwarf)
    if let elf { elf_end(elf) }
    memory?.deallocate()
  }

  /// An ELF file whose `.debug_info` has sixteen zeros: no unit.
  private static let empty: [UInt8] = {
    let names = Array("\0.debug_info\0.shstrtab\0".utf8)
    let dataOffset = 64
    let namesOffset = dataOffset + 16
    let headersOffset = (namesOffset + names.count + 7) & ~7
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func header(_ name: Int, _ type: Int, _ offset: Int, _ size: Int) -> [UInt8] {
      bytes(name, 4) + bytes(type, 4) + bytes(0, 16) + bytes(offset, 8) + bytes(size, 8)
        + bytes(0, 8) + bytes(1, 8) + bytes(0, 8)
    }
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + bytes(0, 9)
    file += bytes(Int(ET_DYN), 2) + bytes(Int(EM_X86_64), 2) + bytes(1, 4) + bytes(0, 16)
    file += bytes(headersOffset, 8) + bytes(0, 4) + bytes(64, 2) + bytes(0, 4)
    file += bytes(64, 2) + bytes(3, 2) + bytes(2, 2)
    file += bytes(0, 16) + names
    file += bytes(0, headersOffset - file.count)
    file += header(0, 0, 0, 0)
    file += header(1, Int(SHT_PROGBITS), dataOffset, 16)
    file += header(13, Int(SHT_STRTAB), namesOffset, names.count)
    return file
  }()
}
