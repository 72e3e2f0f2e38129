import CElfutils

extension ElfImage {
  /// Notes are looked for through the program headers: a stripped file may lack sections.
  func readBuildID() -> String? {
    var count = 0
    guard elf_getphdrnum(elf, &count) == 0 else { return nil }
    for index in 0..<count {
      var header = GElf_Phdr()
      guard gelf_getphdr(elf, Int32(index), &header) != nil else { return nil }
      // Those of a core file may be larger, those of code are not.
      guard header.p_type == UInt32(PT_NOTE), header.p_filesz <= 1 << 20,
        let notes = chunk(at: header.p_offset, count: header.p_filesz),
        let identifier = Self.buildID(in: notes)
      else { continue }
      return identifier
    }
    return nil
  }

  /// Notes: three words (name size, descriptor size, type), then name and descriptor, each padded
  /// to 4 bytes (gABI, chapter 5).
  static func buildID(in notes: ByteView) -> String? {
    var offset = 0
    while let nameSize = notes.load(UInt32.self, at: offset),
      let size = notes.load(UInt32.self, at: offset + 4),
      let type = notes.load(UInt32.self, at: offset + 8)
    {
      let descriptor = offset + 12 + padded(nameSize)
      if type == UInt32(NT_GNU_BUILD_ID), nameSize == 4,
        notes.load(UInt32.self, at: offset + 12) == 0x0055_4e47,  // "GNU\0"
        size > 0, size <= 64, descriptor + Int(size) <= notes.count
      {
        return notes.bytes[descriptor..<descriptor + Int(size)].map(hexadecimal).joined()
      }
      offset = descriptor + padded(size)
    }
    return nil
  }

  private static func padded(_ size: UInt32) -> Int { (Int(size) + 3) & ~3 }

  static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}
