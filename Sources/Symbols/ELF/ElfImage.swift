import CElfutils
import Glibc
public import NamedFiles

/// One ELF file that is open for reading, or the image of the vdso in our own memory.
///
/// Read with `read(2)`, not mapped: a mapped library that someone truncates while we look at it
/// would kill the profiler with SIGBUS. For one thread at a time, as libelf demands.
public final class ElfImage {
  let elf: OpaquePointer
  let layout: ElfLayout
  private let file: OpenFile?
  private let memory: UnsafeMutableRawBufferPointer?
  private let size: UInt64

  /// By index, as symbols refer to them; index 0 is the null section.
  public let sections: [ElfSection]
  /// Lower-case hexadecimal of the GNU build ID note, or nil.
  public private(set) lazy var buildID: String? = readBuildID()

  /// No part that we read at once of a real file is larger; a sparse file can claim to be.
  private static let maximumChunk: UInt64 = 256 << 20

  /// Opens the file at `path`, below a directory that stands for `/` where one is given.
  /// `reader` nil: whatever we may read.
  public convenience init(
    path: String, root: String = "", as reader: FileReader? = nil
  ) throws(ElfError) {
    try self.init(file: OpenFile(path: path, root: root, as: reader))
  }

  init(file: OpenFile) throws(ElfError) {
    layout = try ElfLayout { file.read(at: $0, count: $1) }
    do {
      sections = try ElfSectionTable.sections(fileSize: file.size) { file.read(at: $0, count: $1) }
    } catch {
      if error == .beyondBounds { ReadingBounds.shared.leaveOut(.headers, of: file.path) }
      throw error
    }
    elf_version(UInt32(EV_CURRENT))
    guard let elf = elf_begin(file.descriptor, ELF_C_READ, nil) else { throw .malformed }
    self.elf = elf
    self.file = file
    size = file.size
    memory = nil
  }

  /// An image that lies in memory as in a file: the vdso.
  public init(bytes: [UInt8]) throws(ElfError) {
    let read = { (offset: UInt64, count: Int) -> [UInt8]? in
      guard offset <= UInt64(bytes.count), count <= bytes.count - Int(offset) else { return nil }
      return Array(bytes[Int(offset)..<Int(offset) + count])
    }
    layout = try ElfLayout(read: read)
    sections = try ElfSectionTable.sections(fileSize: UInt64(bytes.count), read: read)
    // libelf keeps the pointer, so the bytes get a home that cannot move.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    memory.copyBytes(from: bytes)
    elf_version(UInt32(EV_CURRENT))
    let start = memory.baseAddress?.assumingMemoryBound(to: CChar.self)
    guard let elf = elf_memory(start, memory.count) else {
      memory.deallocate()
      throw .malformed
    }
    self.elf = elf
    self.memory = memory
    size = UInt64(bytes.count)
    file = nil
  }

  deinit {
    elf_end(elf)
    memory?.deallocate()
  }

  /// Nil for an image in memory.
  var openFile: OpenFile? { file }

  /// CRC-32 of the whole file; nil if it cannot be read.
  func checksum() -> UInt32? { file?.checksum() }

  /// The first section of that name.
  public func section(named name: String) -> ElfSection? {
    sections.first { $0.name == name }
  }

  /// The part of a section that is in the file: what its header says is no more than a claim.
  func available(_ section: ElfSection) -> UInt64 {
    guard section.type != ElfSection.withoutBytes, section.fileOffset <= size else { return 0 }
    return min(section.size, size - section.fileOffset)
  }

  /// Whether what is in the file of a section may be read; if not, that is noted.
  func isReadable(_ section: ElfSection, upTo limit: UInt64, as part: ReadingBounds.Part) -> Bool {
    isReadable(available(section), upTo: limit, as: part)
  }

  /// Whether `count` bytes may be read.
  func isReadable(_ count: UInt64, upTo limit: UInt64, as part: ReadingBounds.Part) -> Bool {
    // What is in memory already is bounded by that.
    guard let file else { return count <= limit }
    return ReadingBounds.shared.take(count, upTo: limit, of: file.path, as: part)
  }

  /// Notes that something is not read.
  func leaveOut(_ part: ReadingBounds.Part) {
    if let file { ReadingBounds.shared.leaveOut(part, of: file.path) }
  }

  /// Bytes of the file; they live as long as the image.
  func chunk(at offset: UInt64, count: UInt64) -> ByteView? {
    guard count <= Self.maximumChunk, offset <= size, count <= size - offset,
      let data = elf_getdata_rawchunk(elf, Int64(offset), Int(count), ELF_T_BYTE),
      let start = data.pointee.d_buf
    else { return nil }
    return ByteView(UnsafeRawBufferPointer(start: start, count: data.pointee.d_size))
  }

  /// As `chunk`, but a copy that the image does not keep.
  func transientBytes(at offset: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, UInt64(count) <= Self.maximumChunk else { return nil }
    if let file { return file.read(at: offset, count: count) }
    return chunk(at: offset, count: UInt64(count)).map { Array($0.bytes) }
  }

  /// The bytes of a section as they are in the file; nil for `.bss` and its like.
  func contents(of section: ElfSection) -> ByteView? {
    section.type == UInt32(SHT_NOBITS)
      ? nil : chunk(at: section.fileOffset, count: section.size)
  }

  /// Up to `count` bytes of the file at a link-time address; nil where the file has none.
  public func bytes(atLinkAddress address: UInt64, count: Int) -> [UInt8]? {
    guard count >= 0, let place = layout.fileOffset(ofLinkAddress: address) else { return nil }
    let wanted = min(UInt64(count), place.available)
    guard wanted <= Self.maximumChunk else { return nil }
    if let file { return file.read(at: place.offset, count: Int(wanted)) }
    return chunk(at: place.offset, count: wanted).map { Array($0.bytes) }
  }
}
