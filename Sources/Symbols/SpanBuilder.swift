import CElfutils
import Glibc

/// Turns symbols, which may alias, nest and overlap, into spans that do not.
struct SpanBuilder {
  private struct Candidate {
    var span: SymbolTable.Span
    /// Lower is preferred among symbols of one start.
    var rank: UInt8
  }

  private let tables: [RawSymbols]
  private var sized: [Candidate] = []
  private var unsized: [Candidate] = []

  init(_ tables: [RawSymbols]) {
    self.tables = tables
    for (index, table) in tables.enumerated().prefix(Int(UInt8.max)) {
      collect(table, UInt8(index))
    }
    sized = distinctStarts(sized)
    unsized = distinctStarts(unsized)
  }

  func build() -> [SymbolTable.Span] {
    let flat = flattened()
    return (flat + gaps(between: flat)).sorted { $0.start < $1.start }
  }

  private mutating func collect(_ table: RawSymbols, _ tableIndex: UInt8) {
    let sections = table.image.sections
    for index in 0..<table.count {
      guard let entry = table.entry(index), let rank = Self.rank(entry),
        entry.st_shndx != UInt16(SHN_UNDEF), Int(entry.st_shndx) < sections.count,
        entry.st_name != 0
      else { continue }
      let section = sections[Int(entry.st_shndx)]
      guard section.flags & UInt64(SHF_EXECINSTR) != 0,
        section.address <= entry.st_value, entry.st_value < section.end
      else { continue }
      let isSized = entry.st_size > 0
      // A size that runs out of the section is not believed beyond it.
      let room = section.end - entry.st_value
      let end = entry.st_value + (isSized ? min(entry.st_size, room) : room)
      let span = SymbolTable.Span(
        start: entry.st_value, end: end, symbolStart: entry.st_value, symbolEnd: end,
        name: entry.st_name, table: tableIndex, isSized: isSized)
      if isSized {
        sized.append(Candidate(span: span, rank: rank))
      } else {
        unsized.append(Candidate(span: span, rank: rank))
      }
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

  private func distinctStarts(_ candidates: [Candidate]) -> [Candidate] {
    var result: [Candidate] = []
    for candidate in candidates.sorted(by: { $0.span.start < $1.span.start }) {
      if let last = result.last, last.span.start == candidate.span.start {
        if isPreferred(candidate, to: last) { result[result.count - 1] = candidate }
      } else {
        result.append(candidate)
      }
    }
    return result
  }

  /// A total order on names, so that the choice does not depend on the order of the file.
  private func isPreferred(_ left: Candidate, to right: Candidate) -> Bool {
    if left.rank != right.rank { return left.rank < right.rank }
    let leftName = tables[Int(left.span.table)].nameBytes(at: left.span.name)
    let rightName = tables[Int(right.span.table)].nameBytes(at: right.span.name)
    guard let leftName, let rightName else { return leftName != nil }
    let underscore = UInt8(ascii: "_")
    let leftUnderscores = leftName.prefix { $0 == underscore }.count
    let rightUnderscores = rightName.prefix { $0 == underscore }.count
    if leftUnderscores != rightUnderscores { return leftUnderscores < rightUnderscores }
    if leftName.count != rightName.count { return leftName.count < rightName.count }
    return leftName.lexicographicallyPrecedes(rightName)
  }

  /// Sized symbols, cut where another one starts inside, resumed behind it.
  private func flattened() -> [SymbolTable.Span] {
    var result: [SymbolTable.Span] = []
    var open: [SymbolTable.Span] = []
    var cursor: UInt64 = 0
    func emit(until limit: UInt64) {
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
      emit(until: candidate.span.start)
      cursor = candidate.span.start
      open.append(candidate.span)
    }
    emit(until: .max)
    return result
  }

  /// Symbols of size 0 get what no sized symbol covers, up to the next symbol.
  private func gaps(between spans: [SymbolTable.Span]) -> [SymbolTable.Span] {
    var result: [SymbolTable.Span] = []
    for (index, candidate) in unsized.enumerated() {
      var span = candidate.span
      let next = lowerBound(spans.count) { spans[$0].start <= span.start }
      if next > 0, span.start < spans[next - 1].end { continue }
      if next < spans.count { span.end = min(span.end, spans[next].start) }
      if index + 1 < unsized.count { span.end = min(span.end, unsized[index + 1].span.start) }
      span.symbolEnd = span.end
      result.append(span)
    }
    return result
  }
}
