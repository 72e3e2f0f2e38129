import ProfileModel
import SampleTypes

@testable import CPython
@testable import PerfEvents
@testable import RecordingFile
@testable import Symbols
@testable import Unwinding

/// Everything that reads bytes which a target, a file or the kernel wrote: nothing that they hold may
/// trap, hang or take memory without bound.
enum FuzzedParser: String, CaseIterable {
  case elf
  case sections
  case notes
  case plt
  case frames
  case lines
  case xz
  case perfMap
  case jitDump
  case names
  case kallsyms
  case maps
  case perfRecord
  case tickRecord
  case recording
  case lineTable
  case debugOffsets

  func parse(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .elf: Self.withImage(bytes, Self.readSymbols)
    case .sections: Self.readSections(bytes)
    case .notes: _ = ElfImage.buildID(in: ByteView(bytes))
    case .plt: Self.withImage(bytes, Self.readStubs)
    case .frames: Self.unwind(bytes)
    case .lines: Self.withImage(bytes, Self.readLines)
    case .xz: _ = xzDecoded(bytes)
    case .perfMap: Self.readJitFile(.perfMap, bytes)
    case .jitDump: Self.readJitFile(.jitDump, bytes)
    case .names: _ = sourceName(ofSymbol: Self.text(bytes))
    case .kallsyms: Self.readKernelSymbols(bytes)
    case .maps: Self.readMap(bytes)
    case .perfRecord: Self.readPerfRecord(bytes)
    case .tickRecord: Self.readTickRecord(bytes)
    case .recording: _ = try? RecordingReader.read(bytes: Array(bytes), path: "fuzz")
    case .lineTable: Self.readLineTable(bytes)
    case .debugOffsets: _ = DebugOffsets(Array(bytes))?.layout()
    }
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  // MARK: ELF

  private static func withImage(_ bytes: UnsafeRawBufferPointer, _ read: (ElfImage) -> Void) {
    guard let image = try? ElfImage(bytes: Array(bytes)) else { return }
    read(image)
  }

  /// Link-time addresses of the corpus's code, and some beside it.
  private static let addresses = stride(from: UInt64(0xfc0), to: 0x1200, by: 37)

  private static func readSymbols(_ image: ElfImage) {
    let table = SymbolTable([image])
    for address in addresses {
      guard let symbol = table.symbol(at: address) else { continue }
      precondition(symbol.start <= address && address < symbol.end)
    }
    _ = table.symbol(named: "_PyRuntime")
    _ = image.buildID
    _ = (DebugFiles.link(of: image), DebugFiles.supplementLink(of: image))
    if let inner = image.minidebugImage() { _ = SymbolTable([image, inner]) }
  }

  /// The bytes are the beginning of a file of a terabyte, of which the rest is a hole.
  private static func readSections(_ bytes: UnsafeRawBufferPointer) {
    let sections = try? ElfSectionTable.sections(fileSize: 1 << 40) { offset, count in
      precondition(count <= 1 << 20, "\(count) bytes at once")
      let known = bytes.dropFirst(Int(clamping: offset)).prefix(count)
      return Array(known) + [UInt8](repeating: 0, count: count - known.count)
    }
    for section in sections ?? [] { precondition(section.name.utf8.count <= 3 * 255) }
  }

  private static func readStubs(_ image: ElfImage) {
    guard let stubs = PltStubs(image) else { return }
    for address in addresses { _ = stubs.function(at: address) }
  }

  private static func readLines(_ image: ElfImage) {
    guard let lines = SourceLines(image) else { return }
    for address in addresses { _ = lines.frames(at: address, inlined: true) }
  }

  private static let base: UInt64 = 0x7f00_0000_0000
  private static let stackStart: UInt64 = 0x7ffe_0000_0000

  /// The image is "mapped" as a vdso is, and its last bytes are the stack, too.
  private static func unwind(_ bytes: UnsafeRawBufferPointer) {
    let end = String(base + UInt64(bytes.count + 0xffff) & ~0xfff, radix: 16)
    let map = MemoryMap(
      parsing: "\(String(base, radix: 16))-\(end) r-xp 00000000 00:00 0 [vdso]\n")
    let modules = ModuleTable(map, readMemory: { _ in Array(bytes) })
    let stack = UnsafeRawBufferPointer(rebasing: bytes.suffix(1024 & bytes.count & ~7))
    var unwinder = Unwinder()
    var frames: [NativeFrame] = []
    var saved: [SavedRegisters] = []
    for address in addresses {
      var registers = Registers()
      registers.rip = base + address
      registers.rsp = stackStart
      registers.rbp = stackStart + 64
      _ = unwinder.unwind(
        registers: registers, stack: StackBytes(start: stackStart, bytes: stack),
        modules: modules, activationKeys: [], into: &frames, saved: &saved)
      precondition(!frames.isEmpty && frames.count == saved.count)
    }
  }

  // MARK: Texts and files of programs that make code

  private static func readJitFile(_ format: JitFileParser.Format, _ bytes: UnsafeRawBufferPointer) {
    var parser = JitFileParser(format: format)
    var symbols = JitSymbols()
    // As they grow: the first byte says in which pieces.
    let piece = max(1, Int(bytes.first ?? 1))
    for start in stride(from: 0, to: bytes.count, by: piece) {
      parser.parse(Array(bytes[start..<min(start + piece, bytes.count)]), into: &symbols)
    }
    for address in [UInt64(0x4000), 0x5010, 0x8000, .max] { _ = symbols.symbol(at: address) }
  }

  private static func readKernelSymbols(_ bytes: UnsafeRawBufferPointer) {
    let symbols = KernelSymbols(parsing: Array(bytes))
    for address in [UInt64(0), 0xffff_ffff_8100_0010, .max] { _ = symbols.name(at: address) }
  }

  private static func readMap(_ bytes: UnsafeRawBufferPointer) {
    let map = MemoryMap(parsing: text(bytes))
    for mapping in map.mappings { precondition(mapping.range.start < mapping.range.end) }
    _ = map.mapping(containing: RemoteAddress(0x40_0000))
  }

  private static func readLineTable(_ bytes: UnsafeRawBufferPointer) {
    guard let first = bytes.first else { return }
    let encodings = LineTable.Encoding.allCases
    let table = LineTable(
      encoding: encodings[Int(first) % encodings.count], bytes: Array(bytes.dropFirst()))
    for offset in [Int32(0), 2, 64, 1 << 20, .max, .min] {
      _ = table.line(atByteOffset: offset, firstLine: Int32(first))
    }
  }

  // MARK: Records of the kernel

  /// Rings are aligned to 8 bytes.
  private static func withAligned(
    _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 8)
    defer { copy.deallocate() }
    copy.copyMemory(from: bytes)
    body(UnsafeRawBufferPointer(copy))
  }

  private static func readPerfRecord(_ bytes: UnsafeRawBufferPointer) {
    withAligned(bytes) { bytes in
      let kinds: [EventKind] = [.userTick, .kernelTick, .contextSwitch(stackBytes: 8192)]
      for kind in kinds {
        guard case .sample(let sample) = PerfRecord(bytes, kind: kind) else { continue }
        touch(UnsafeRawBufferPointer(sample.kernelChain))
        touch(sample.stack)
      }
    }
  }

  private static func readTickRecord(_ bytes: UnsafeRawBufferPointer) {
    withAligned(bytes) { bytes in
      guard let record = TickRecord(bytes) else { return }
      touch(record.stack)
      touch(UnsafeRawBufferPointer(record.kernelChain))
      record.forEachPiece { touch($1) }
      _ = record.registers
      _ = (record.cost, record.slot, Array(record.threadStates))
    }
  }

  /// Reads every byte: none lies outside of the record.
  private static func touch(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.reduce(0) { $0 &+ Int($1) } >= 0)
  }
}
