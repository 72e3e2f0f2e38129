import CElfutils

/// The function symbols of one image, by link-time address.
///
/// `.symtab` and `.dynsym` are read as one: `.dynsym` survives stripping, `.symtab` has the static
/// functions.
public final class SymbolTable {
  /// Addresses that belong to one symbol. Spans do not overlap: where symbols nest, the innermost
  /// wins.
  struct Span: Hashable {
    var start: UInt64
    var end: UInt64
    /// Start of the symbol; below `start` after a nested symbol.
    var symbolStart: UInt64
    var symbolEnd: UInt64
    /// Byte offset of the name in its string table.
    var name: UInt32
    /// Index in `tables`.
    var table: UInt8
    /// False for a symbol of size 0, whose end is a guess.
    var isSized: Bool
  }

  /// One symbol, as it answers an address.
  public struct Symbol: Hashable, Sendable {
    /// As in the file, mangled.
    public var name: String
    public var start: UInt64
    public var end: UInt64
    /// False where the file gives size 0: `end` is then the next symbol or the section's end.
    public var isSized: Bool
  }

  private let tables: [RawSymbols]
  /// Ascending. Built when the first address is asked for: looking for one name in every module,
  /// as the CPython reader does, needs none of it.
  private lazy var packed: (base: UInt64, spans: [PackedSpan]) = {
    let builder = SpanBuilder(tables)
    return (builder.base, builder.build())
  }()

  /// All of them; for tests, because it takes memory.
  var spans: [Span] { packed.spans.map { unpacked($0) } }

  /// Keeps the images open. `images` are the file itself and, if there is one, its separate debug
  /// file.
  public init(_ images: [ElfImage]) {
    tables = images.flatMap { image in
      image.sections.compactMap { RawSymbols(image: image, section: $0) }
    }
  }

  /// Number of address ranges that have a name.
  public var count: Int { packed.spans.count }

  /// The symbol whose extent contains a link-time address.
  public func symbol(at address: UInt64) -> Symbol? { span(at: address).map(symbol) }

  /// As `symbol(at:)`, without making the name.
  func span(at address: UInt64) -> Span? {
    guard let span = lastSpan(startingUpTo: address), address < span.end else { return nil }
    return span
  }

  private func lastSpan(startingUpTo address: UInt64) -> Span? {
    guard address >= packed.base else { return nil }
    let offset = UInt32(clamping: address - packed.base)
    let index = lowerBound(packed.spans.count) { packed.spans[$0].start <= offset }
    return index > 0 ? unpacked(packed.spans[index - 1]) : nil
  }

  private func unpacked(_ span: PackedSpan) -> Span {
    let base = packed.base
    return Span(
      start: base + UInt64(span.start), end: base + UInt64(span.end),
      symbolStart: base + UInt64(span.symbolStart), symbolEnd: base + UInt64(span.symbolEnd),
      name: span.name, table: span.table, isSized: span.isSized)
  }

  func symbol(_ span: Span) -> Symbol {
    Symbol(
      name: tables[Int(span.table)].name(at: span.name), start: span.symbolStart,
      end: span.symbolEnd, isSized: span.isSized)
  }

  /// Where the nearest symbol below a link-time address ends, or nil.
  func endOfSymbol(before address: UInt64) -> UInt64? {
    lastSpan(startingUpTo: address)?.end
  }

  /// Link-time address and size of a defined symbol of any type (function or data), `.dynsym`
  /// first.
  public func symbol(named name: String) -> (address: UInt64, size: UInt64)? {
    for dynamic in [true, false] {
      for table in tables where table.isDynamic == dynamic {
        if let symbol = table.symbol(named: name) { return symbol }
      }
    }
    return nil
  }
}
