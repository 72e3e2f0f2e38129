/// Names of kernel functions, from the text of `/proc/kallsyms` (proc(5)).
///
/// The kernel shows zero addresses to users that it does not trust (`kernel.kptr_restrict`); the
/// table is empty then. A hundred thousand lines are read while samples wait: names stay in the text
/// until they are asked for.
public struct KernelSymbols: Sendable {
  private struct Symbol {
    var address: UInt64
    /// Where its name starts in `text`.
    var name: Int32
  }

  private let text: [UInt8]
  private var symbols: [Symbol] = []

  /// `text` is a line a symbol: `address type name [module]`; only code (type t, T, w, W) counts. A
  /// line of another form is passed over.
  public init(parsing text: [UInt8]) {
    self.text = text
    symbols = text.withUnsafeBufferPointer(Self.parse)
    // The kernel lists its own symbols in order; those of modules follow in another.
    symbols.sort { $0.address < $1.address }
  }

  public var isEmpty: Bool { symbols.isEmpty }

  /// The function that contains `address`: the last symbol at or before it.
  public func name(at address: UInt64) -> String? {
    var low = 0
    var high = symbols.count
    while low < high {
      let middle = (low + high) / 2
      if symbols[middle].address <= address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return nil }
    let name = text[Int(symbols[low - 1].name)...].prefix { $0 > UInt8(ascii: " ") }
    return String(decoding: name, as: UTF8.self)
  }

  private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> [Symbol] {
    var symbols: [Symbol] = []
    symbols.reserveCapacity(text.count / 45)
    var line = 0
    while line < text.count {
      if let symbol = symbol(text, at: line) { symbols.append(symbol) }
      while line < text.count && text[line] != UInt8(ascii: "\n") { line += 1 }
      line += 1
    }
    return symbols
  }

  private static func symbol(_ text: UnsafeBufferPointer<UInt8>, at line: Int) -> Symbol? {
    var address: UInt64 = 0
    var position = line
    while position < text.count, let digit = hexadecimal(text[position]) {
      address = address << 4 | digit
      position += 1
    }
    // Behind the address: a space, the type, a space, at least one letter.
    guard address != 0, position + 3 < text.count, text[position] == UInt8(ascii: " "),
      text[position + 2] == UInt8(ascii: " "), isCode(text[position + 1])
    else { return nil }
    return Symbol(address: address, name: Int32(truncatingIfNeeded: position + 3))
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    default: nil
    }
  }

  private static func isCode(_ type: UInt8) -> Bool {
    switch type {
    case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "w"), UInt8(ascii: "W"): true
    default: false
    }
  }
}
