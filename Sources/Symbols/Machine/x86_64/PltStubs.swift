import CElfutils
import Glibc

/// Names the stubs through which a file calls functions of others: `.plt`, `.plt.sec`, `.plt.got`
/// (x86-64 psABI, section 5.2).
///
/// A stub jumps through a slot of the global offset table, and a relocation says whose address the
/// dynamic linker writes into that slot. Stubs have no symbols of their own.
struct PltStubs {
  private struct Section {
    var start: UInt64
    var end: UInt64
    var stubSize: UInt64
  }

  private let image: ElfImage
  private let sections: [Section]
  /// Offset of a symbol's name in the strings, by slot address.
  private var names: [UInt64: UInt32] = [:]
  /// The same in the order of `.rela.plt`, by which lazy stubs push their number.
  private var namesByNumber: [UInt32] = []
  private var symbols: RawSymbols?

  /// Nil if the file has no stubs.
  init?(_ image: ElfImage) {
    self.image = image
    sections = image.sections.compactMap { section in
      guard section.flags & UInt64(SHF_EXECINSTR) != 0, section.name.hasPrefix(".plt"),
        section.size > 0
      else { return nil }
      // `.plt.got` of a file without branch tracking has stubs of 8 bytes; others 16.
      return Section(
        start: section.address, end: section.end, stubSize: section.entrySize == 8 ? 8 : 16)
    }
    guard !sections.isEmpty else { return nil }
    let relocations = image.sections.filter { $0.type == UInt32(SHT_RELA) }
    // Twice: what is made of it is kept. Sections of one file may be many, and overlap.
    let size = relocations.reduce(UInt64(0)) { $0 &+ image.available($1) &* 2 }
    guard relocations.count <= 64,
      image.isReadable(size, upTo: ReadingBounds.relocations * 2, as: .symbols)
    else { return }
    var symbolNames: [UInt32] = []
    for section in relocations { read(section, &symbolNames) }
  }

  private static let relocationsPerPart = 1 << 14

  /// A relocation section; those of one file share `.dynsym`.
  private mutating func read(_ section: ElfSection, _ symbolNames: inout [UInt32]) {
    guard Int(section.link) < image.sections.count,
      let table = symbols ?? RawSymbols(image: image, section: image.sections[Int(section.link)])
    else { return }
    if symbols == nil {
      symbols = table
      table.visit { symbolNames.append($0.st_name) }
    }
    let size = MemoryLayout<Elf64_Rela>.size
    let count = Int(image.available(section)) / size
    let isLazy = section.name == ".rela.plt"
    for first in stride(from: 0, to: count, by: Self.relocationsPerPart) {
      let part = min(Self.relocationsPerPart, count - first)
      guard
        let bytes = image.transientBytes(
          at: section.fileOffset + UInt64(first * size), count: part * size)
      else { return }
      bytes.withUnsafeBytes { buffer in
        for index in 0..<part {
          add(
            buffer.loadUnaligned(fromByteOffset: index * size, as: Elf64_Rela.self), isLazy,
            symbolNames)
        }
      }
    }
  }

  private mutating func add(_ entry: Elf64_Rela, _ isLazy: Bool, _ symbolNames: [UInt32]) {
    let kind = Int32(truncatingIfNeeded: entry.r_info & 0xffff_ffff)
    guard isLazy || kind == R_X86_64_JUMP_SLOT || kind == R_X86_64_GLOB_DAT else { return }
    let symbol = Int(entry.r_info >> 32)
    let name = symbol < symbolNames.count ? symbolNames[symbol] : 0
    if isLazy { namesByNumber.append(name) }
    if name != 0, kind == R_X86_64_JUMP_SLOT || kind == R_X86_64_GLOB_DAT {
      names[entry.r_offset] = name
    }
  }

  /// The stub that contains a link-time address.
  func function(at linkAddress: UInt64) -> NativeFunction? {
    guard let section = sections.first(where: { $0.start <= linkAddress && linkAddress < $0.end })
    else { return nil }
    let start = linkAddress - (linkAddress - section.start) % section.stubSize
    let end = start + min(section.stubSize, section.end - start)
    guard let code = image.bytes(atLinkAddress: start, count: Int(end - start)),
      let offset = nameOffset(code, at: start), offset != 0, let symbols
    else { return nil }
    let name = symbols.name(at: offset)
    return name.isEmpty
      ? nil
      : NativeFunction(name: demangled(name) + "@plt", start: start, end: end, isSymbol: true)
  }

  /// `jmp *slot(%rip)`, with or without `endbr64` and `bnd` before it; or, where a stub only leads
  /// to the lazy linker, `push number`.
  private func nameOffset(_ code: [UInt8], at start: UInt64) -> UInt32? {
    for index in 0..<max(0, code.count - 5) where code[index] == 0xff && code[index + 1] == 0x25 {
      let slot = start &+ UInt64(index + 6) &+ UInt64(bitPattern: Int64(Self.word(code, index + 2)))
      if let name = names[slot] { return name }
    }
    let push = code.starts(with: [0xf3, 0x0f, 0x1e, 0xfa]) ? 4 : 0
    guard code.count >= push + 5, code[push] == 0x68 else { return nil }
    let number = Int(Self.word(code, push + 1))
    return namesByNumber.indices.contains(number) ? namesByNumber[number] : nil
  }

  private static func word(_ code: [UInt8], _ index: Int) -> Int32 {
    Int32(
      truncatingIfNeeded: (0..<4).reduce(UInt32(0)) {
        $0 | UInt32(code[index + $1]) << UInt32(8 * $1)
      })
  }
}
