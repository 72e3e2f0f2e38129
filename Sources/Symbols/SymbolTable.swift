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
  private(set) lazy var spans: [Span] = SpanBuilder(tables).build()

  /// Keeps the images open. `images` are the file itself and, if there is one, its separate debug
  /// file.
  public init(_ images: [ElfImage]) {
    tables = images.flatMap { image in
      image.sections.compactMap { RawSymbols(image: image, section: $0) }
    }
  }

  /// Number of address ranges that have a name.
  public var count: Int { spans.count }

  /// The symbol whose extent contains a link-time address.
  public func symbol(at address: UInt64) -> Symbol? { span(at: address).map(symbol) }

  /// As `symbol(at:)`, without making the name.
  func span(at address: UInt64) -> Span? {
    let index = lowerBound(spans.count) { spans[$0].start <= address }
    return index > 0 && address < spans[index - 1].end ? spans[index - 1] : nil
  }

  func symbol(_ span: Span) -> Symbol {
    Symbol(
      name: tables[Int(span.table)].name(at: span.name), start: span.symbolStart,
      end: span.symbolEnd, isSized: span.isSized)
  }

  /// Where the nearest symbol below a link-time address ends, or nil.
  func endOfSymbol(before address: UInt64) -> UInt64? {
    let index = lowerBound(spans.count) { spans[$0].start <= address }
    return index > 0 ? spans[index - 1].end : nil
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
