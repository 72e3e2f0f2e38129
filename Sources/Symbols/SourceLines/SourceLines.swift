import CElfutils

/// Lines and inlined calls at the code addresses of one image, from its DWARF.
///
/// For one thread at a time. Units, and the functions of a unit, are listed when first needed.
public final class SourceLines {
  /// Addresses of one unit or function; `die` is an offset in `.debug_info`.
  struct Span {
    var start: UInt64
    var end: UInt64
    var die: Dwarf_Off
  }

  private let image: ElfImage
  let dwarf: OpaquePointer
  private let supplement: Supplement
  private lazy var units: [Span] = listUnits()
  private var functions: [Dwarf_Off: [Span]] = [:]

  /// Debug sections, unpacked, that together are larger than this are left alone: they would be read
  /// into memory. Triton, which PyTorch comes with, has 252 MiB of them.
  private static let sizeLimit: UInt64 = 128 << 20
  /// Bytes of memory that the debug sections take.
  public let size: UInt64

  /// Nil if the image has no DWARF, or more than would be good for memory. `supplement` is the file that
  /// it refers to for what it shares with others.
  init?(_ image: ElfImage, supplement: ElfImage? = nil) {
    size = Self.unpackedSize(image)
    guard image.hasDebugInformation,
      image.isReadable(size, upTo: Self.sizeLimit, as: .debugInformation)
    else { return nil }
    let shared = supplement.flatMap { image -> Supplement? in
      let size = Self.unpackedSize(image)
      return image.isReadable(size, upTo: Self.sizeLimit, as: .debugInformation)
        ? Supplement(image) : nil
    }
    guard let supplement = shared ?? Supplement(),
      let dwarf = dwarf_begin_elf(image.elf, DWARF_C_READ, nil)
    else { return nil }
    // Or libdw would open whatever path the file names, wherever it leads, as who we are.
    dwarf_setalt(dwarf, supplement.dwarf)
    self.image = image
    self.dwarf = dwarf
    self.supplement = supplement
  }

  deinit { dwarf_end(dwarf) }

  /// The function at a link-time address and the calls inlined there, outermost first; empty if
  /// nothing is known. Only the first where `inlined` is false.
  public func frames(at linkAddress: UInt64, inlined: Bool) -> [SourceFrame] {
    var unit = Dwarf_Die()
    guard let span = Self.find(linkAddress, in: units),
      dwarf_offdie(dwarf, span.die, &unit) != nil
    else { return [] }
    let (file, line) = place(of: linkAddress, in: &unit)
    var function = Dwarf_Die()
    guard let found = Self.find(linkAddress, in: functions(of: span.die)),
      dwarf_offdie(dwarf, found.die, &function) != nil
    else { return line > 0 ? [SourceFrame(file: file, line: line)] : [] }
    var frames = [definition(of: &function, isInlined: false)]
    var walk = InlinedCalls(function, address: linkAddress)
    while var call = walk.next() {
      // Where it was called is a line of the frame around it.
      frames[frames.count - 1].line = number(DW_AT_call_line, of: &call)
      guard inlined else { break }
      frames.append(definition(of: &call, isInlined: true))
    }
    if inlined || frames[0].line == 0 { frames[frames.count - 1].line = line }
    return frames
  }

  /// The row of the line table.
  private func place(of address: UInt64, in unit: inout Dwarf_Die) -> (file: String, line: Int32) {
    var line: Int32 = 0
    guard let row = dwarf_getsrc_die(&unit, address), dwarf_lineno(row, &line) == 0,
      let file = dwarf_linesrc(row, nil, nil)
    else { return ("", 0) }
    return (String(cString: file), max(line, 0))
  }

  private func definition(of die: inout Dwarf_Die, isInlined: Bool) -> SourceFrame {
    var line: Int32 = 0
    if dwarf_decl_line(&die, &line) != 0 { line = 0 }
    let file = dwarf_decl_file(&die).map { String(cString: $0) } ?? ""
    return SourceFrame(
      name: isInlined ? name(of: &die) : nil, file: file, definitionLine: max(line, 0))
  }

  /// Linkage names say namespaces and parameters.
  private func name(of die: inout Dwarf_Die) -> String {
    var attribute = Dwarf_Attribute()
    for code in [DW_AT_linkage_name, DW_AT_MIPS_linkage_name] {
      if dwarf_attr_integrate(&die, UInt32(code), &attribute) != nil,
        let name = dwarf_formstring(&attribute)
      {
        return demangled(String(cString: name))
      }
    }
    return dwarf_diename(&die).map { String(cString: $0) } ?? "[inlined]"
  }

  private func number(_ code: Int, of die: inout Dwarf_Die) -> Int32 {
    var attribute = Dwarf_Attribute()
    var value: Dwarf_Word = 0
    guard dwarf_attr(&die, UInt32(code), &attribute) != nil,
      dwarf_formudata(&attribute, &value) == 0
    else { return 0 }
    return Int32(clamping: value)
  }

  private func functions(of unit: Dwarf_Off) -> [Span] {
    if let known = functions[unit] { return known }
    let list = Self.disjoint(listFunctions(of: unit))
    functions[unit] = list
    return list
  }

  static func find(_ address: UInt64, in spans: [Span]) -> Span? {
    let index = lowerBound(spans.count) { spans[$0].start <= address }
    guard index > 0, address < spans[index - 1].end else { return nil }
    return spans[index - 1]
  }

  /// Sorted, and cut where damaged ones overlap.
  static func disjoint(_ spans: [Span]) -> [Span] {
    var spans = spans.sorted { $0.start < $1.start }
    for index in spans.indices.dropLast() {
      spans[index].end = min(spans[index].end, spans[index + 1].start)
    }
    return spans
  }

  /// All that libdw reads or unpacks. A compressed section says how large it is unpacked, and libdw
  /// believes it.
  private static func unpackedSize(_ image: ElfImage) -> UInt64 {
    var sum: UInt64 = 0
    for section in image.sections where section.name.contains("debug_") {
      let size = max(section.size, unpackedSize(section, image))
      sum = sum.addingReportingOverflow(size).overflow ? .max : sum + size
    }
    return sum
  }

  private static func unpackedSize(_ section: ElfSection, _ image: ElfImage) -> UInt64 {
    if section.flags & UInt64(SHF_COMPRESSED) != 0 {
      let header = image.transientBytes(at: section.fileOffset, count: 16)
      return header?.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }
        ?? .max
    }
    // The older form: "ZLIB", and the size in eight bytes, the highest first.
    guard section.name.contains(".zdebug_"),
      let header = image.transientBytes(at: section.fileOffset, count: 12)
    else { return 0 }
    return header[4...].reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension ElfImage {
  var hasDebugInformation: Bool { section(named: ".debug_info") != nil }
}
