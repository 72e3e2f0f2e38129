import CElfutils
import Glibc

/// Turns symbols, which may alias, nest and overlap, into spans that do not.
struct SpanBuilder {
  /// One symbol with an address; small, because there are half a million in PyTorch.
  private struct Candidate: BitwiseCopyable {
    /// From `base`.
    var start: UInt32
    var end: UInt32
    var name: UInt32
    var table: UInt8
    /// Lower is preferred among symbols of one start.
    var rank: UInt8
    var isSized: Bool
  }

  /// Link-time address that spans count from.
  let base: UInt64
  private let tables: [RawSymbols]
  private var sized: [Candidate] = []
  private var unsized: [Candidate] = []

  init(_ tables: [RawSymbols]) {
    self.tables = tables
    let code = tables.flatMap { $0.image.sections.filter { $0.isCode } }
    base = code.map(\.address).min() ?? 0
    for (index, table) in tables.enumerated().prefix(Int(UInt8.max)) {
      collect(table, UInt8(index))
    }
    sized = distinctStarts(sized)
    unsized = distinctStarts(unsized)
  }

  func build() -> [PackedSpan] {
    var spans = flattened()
    spans += gaps(between: spans)
    spans.sort { $0.start < $1.start }
    return spans
  }

  private mutating func collect(_ table: RawSymbols, _ tableIndex: UInt8) {
    let sections = table.image.sections
    table.visit { entry in
      guard let rank = Self.rank(entry), entry.st_shndx != UInt16(SHN_UNDEF),
        Int(entry.st_shndx) < sections.count, entry.st_name != 0
      else { return }
      let section = sections[Int(entry.st_shndx)]
      guard section.isCode, section.address <= entry.st_value, entry.st_value < section.end,
        let start = UInt32(exactly: entry.st_value - base)
      else { return }
      let isSized = entry.st_size > 0
      // A size that runs out of the section is not believed beyond it.
      let room = section.end - entry.st_value
      let end = entry.st_value + (isSized ? min(entry.st_size, room) : room)
      let candidate = Candidate(
        start: start, end: UInt32(clamping: end - base), name: entry.st_name, table: tableIndex,
        rank: rank, isSized: isSized)
      if isSized { sized.append(candidate) } else { unsized.append(candidate) }
    }
  }

  /// Functions before untyped labels of hand-written assembly; then global, local, weak.
  private static func rank(_ entry: Elf64_Sym) -> UInt8? {
    let type: UInt8
    switch Int32(entry.st_info & 0xf) {
    case STT_FUNC, STT_GNU_IFUNC: type = 0
    case STT_NOTYPE: type = 3
    default: return nil
    }
    switch Int32(entry.st_info >> 4) {
    case STB_GLOBAL, STB_GNU_UNIQUE: return type
    case STB_LOCAL: return type + 1
    default: return type + 2
    }
  }

  private mutating func distinctStarts(_ all: [Candidate]) -> [Candidate] {
    var candidates = all.sorted { $0.start < $1.start }
    var count = 0
    for candidate in candidates {
      if count > 0, candidates[count - 1].start == candidate.start {
        if isPreferred(candidate, to: candidates[count - 1]) { candidates[count - 1] = candidate }
      } else {
        candidates[count] = candidate
        count += 1
      }
    }
    candidates.removeLast(candidates.count - count)
    return candidates
  }

  /// Bytes of names that are compared: a file can have millions of symbols of one start, each with a
  /// name of 64 KiB.
  private var comparable = 64 << 20

  /// A total order on names, so that the choice does not depend on the order of the file.
  private mutating func isPreferred(_ left: Candidate, to right: Candidate) -> Bool {
    if left.rank != right.rank { return left.rank < right.rank }
    if left.name == right.name && left.table == right.table { return false }
    guard comparable > 0 else { return left.name < right.name }
    let leftName = tables[Int(left.table)].nameBytes(at: left.name)
    let rightName = tables[Int(right.table)].nameBytes(at: right.name)
    comparable -= (leftName?.count ?? 0) + (rightName?.count ?? 0) + 64
    guard let leftName, let rightName else { return leftName != nil }
    let underscore = UInt8(ascii: "_")
    let leftUnderscores = leftName.prefix { $0 == underscore }.count
    let rightUnderscores = rightName.prefix { $0 == underscore }.count
    if leftUnderscores != rightUnderscores { return leftUnderscores < rightUnderscores }
    if leftName.count != rightName.count { return leftName.count < rightName.count }
    return leftName.lexicographicallyPrecedes(rightName)
  }

  private func span(_ candidate: Candidate) -> PackedSpan {
    PackedSpan(
      start: candidate.start, end: candidate.end, symbolStart: candidate.start,
      symbolEnd: candidate.end, name: candidate.name, table: candidate.table,
      isSized: candidate.isSized)
  }

  /// Sized symbols, cut where another one starts inside, resumed behind it.
  private func flattened() -> [PackedSpan] {
    var result: [PackedSpan] = []
    result.reserveCapacity(sized.count + sized.count / 8)
    var open: [PackedSpan] = []
    var cursor: UInt32 = 0
    func emit(until limit: UInt32) {
      while let top = open.last {
        let end = min(top.end, limit)
        if end > cursor {
          var part = top
          (part.start, part.end) = (max(cursor, top.start), end)
          result.append(part)
          cursor = end
        }
        if top.end > limit { return }
        open.removeLast()
      }
    }
    for candidate in sized {
      emit(until: candidate.start)
      cursor = candidate.start
      open.append(span(candidate))
    }
    emit(until: .max)
    return result
  }

  /// Symbols of size 0 get what no sized symbol covers, up to the next symbol.
  private func gaps(between spans: [PackedSpan]) -> [PackedSpan] {
    var result: [PackedSpan] = []
    for (index, candidate) in unsized.enumerated() {
      var span = span(candidate)
      let next = lowerBound(spans.count) { spans[$0].start <= span.start }
      if next > 0, span.start < spans[next - 1].end { continue }
      if next < spans.count { span.end = min(span.end, spans[next].start) }
      if index + 1 < unsized.count { span.end = min(span.end, unsized[index + 1].start) }
      span.symbolEnd = span.end
      result.append(span)
    }
    return result
  }
}

/// `SymbolTable.Span` with addresses that count from the start of the code.
struct PackedSpan: BitwiseCopyable {
  var start: UInt32
  var end: UInt32
  var symbolStart: UInt32
  var symbolEnd: UInt32
  var name: UInt32
  var table: UInt8
  var isSized: Bool
}
