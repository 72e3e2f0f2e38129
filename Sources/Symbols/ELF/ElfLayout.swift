import CElfutils

/// What the program headers say: where the file's bytes go in memory.
struct ElfLayout: Hashable, Sendable {
  /// One `PT_LOAD` header.
  struct Segment: Hashable, Sendable {
    /// Link-time address of its first byte.
    var address: UInt64
    var memorySize: UInt64
    var fileOffset: UInt64
    var fileSize: UInt64
    var isExecutable: Bool
    var isWritable: Bool

    /// One past its last link-time address.
    var end: UInt64 { address &+ memorySize }
  }

  /// As in the file; addresses ascend in every file that a linker makes.
  let segments: [Segment]

  /// Cap on program headers: `PN_XNUM` files do not occur as executables.
  private static let maximumHeaders = 512

  /// Parses the ELF header and the program headers that `read(offset, count)` gives.
  init(read: (UInt64, Int) -> [UInt8]?) throws(ElfError) {
    let header = try Self.header(read)
    let count = Int(header.e_phnum)
    let size = MemoryLayout<Elf64_Phdr>.size
    guard Int(header.e_phentsize) == size, count > 0, count <= Self.maximumHeaders,
      let table = read(header.e_phoff, count * size), table.count == count * size
    else { throw .malformed }
    segments = table.withUnsafeBytes { bytes in
      (0..<count).compactMap { index in
        Self.segment(bytes.loadUnaligned(fromByteOffset: index * size, as: Elf64_Phdr.self))
      }
    }
    guard !segments.isEmpty else { throw .malformed }
  }

  private static func header(_ read: (UInt64, Int) -> [UInt8]?) throws(ElfError) -> Elf64_Ehdr {
    let size = MemoryLayout<Elf64_Ehdr>.size
    guard let bytes = read(0, size), bytes.count == size,
      bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]),
      bytes[Int(EI_CLASS)] == UInt8(ELFCLASS64), bytes[Int(EI_DATA)] == UInt8(ELFDATA2LSB)
    else { throw .notELF }
    let header = bytes.withUnsafeBytes { $0.loadUnaligned(as: Elf64_Ehdr.self) }
    guard header.e_machine == UInt16(EM_X86_64) else { throw .notELF }
    return header
  }

  private static func segment(_ header: Elf64_Phdr) -> Segment? {
    guard header.p_type == UInt32(PT_LOAD), header.p_memsz > 0,
      !header.p_vaddr.addingReportingOverflow(header.p_memsz).overflow,
      !header.p_offset.addingReportingOverflow(header.p_filesz).overflow
    else { return nil }
    return Segment(
      address: header.p_vaddr, memorySize: header.p_memsz, fileOffset: header.p_offset,
      fileSize: header.p_filesz, isExecutable: header.p_flags & UInt32(PF_X) != 0,
      isWritable: header.p_flags & UInt32(PF_W) != 0)
  }

  /// The load bias that puts the byte at `fileOffset` of an executable segment at `address`; nil
  /// if no executable segment holds that byte.
  ///
  /// Each mapping gives the bias by itself, so a file that is loaded twice, or also mapped to be
  /// read, cannot confuse its copies.
  func bias(ofExecutableMappingAt address: UInt64, fileOffset: UInt64) -> UInt64? {
    for segment in segments where segment.isExecutable {
      // The kernel maps whole pages (fs/binfmt_elf.c, elf_map).
      let first = segment.fileOffset & ~0xfff
      guard fileOffset >= first, fileOffset < segment.fileOffset &+ segment.fileSize else {
        continue
      }
      return address &- (segment.address &- segment.fileOffset &+ fileOffset)
    }
    return nil
  }

  /// Where the file's byte for a link-time address lies, and how many bytes follow it in the
  /// file; nil for `.bss` and addresses of no segment.
  func fileOffset(ofLinkAddress address: UInt64) -> (offset: UInt64, available: UInt64)? {
    for segment in segments where address >= segment.address {
      let inside = address - segment.address
      guard inside < segment.fileSize else { continue }
      return (segment.fileOffset + inside, segment.fileSize - inside)
    }
    return nil
  }

  /// The link-time address of a byte of the file, or nil if it is not loaded.
  func linkAddress(ofFileOffset offset: UInt64) -> UInt64? {
    for segment in segments where offset >= segment.fileOffset {
      let inside = offset - segment.fileOffset
      guard inside < segment.fileSize else { continue }
      return segment.address &+ inside
    }
    return nil
  }

  /// Lowest and highest page-rounded link-time address of all segments.
  var extent: (start: UInt64, end: UInt64) {
    var start = UInt64.max
    var end: UInt64 = 0
    for segment in segments {
      start = min(start, segment.address & ~0xfff)
      end = max(end, (segment.end &+ 0xfff) & ~0xfff)
    }
    return (start, end)
  }
}
