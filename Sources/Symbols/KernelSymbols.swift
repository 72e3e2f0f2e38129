/// Names of kernel functions, from the text of `/proc/kallsyms` (proc(5)).
///
/// The kernel shows zero addresses to users that it does not trust (`kernel.kptr_restrict`); the
/// table is empty then.
public struct KernelSymbols: Sendable {
  private var addresses: [UInt64] = []
  private var names: [String] = []

  /// `text` is a line a symbol: `address type name [module]`; only code (type t, T, w, W) counts.
  public init(parsing text: [UInt8]) {
    var symbols: [(address: UInt64, name: ArraySlice<UInt8>)] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard fields.count == 3, let type = fields[1].first, Self.codeTypes.contains(type),
        let address = UInt64(String(decoding: fields[0], as: UTF8.self), radix: 16), address != 0
      else { continue }
      symbols.append((address, fields[2].prefix { $0 != UInt8(ascii: "\t") }))
    }
    symbols.sort { $0.address < $1.address }
    addresses = symbols.map(\.address)
    names = symbols.map { String(decoding: $0.name, as: UTF8.self) }
  }

  public var isEmpty: Bool { addresses.isEmpty }

  /// The function that contains `address`: the last symbol at or before it.
  public func name(at address: UInt64) -> String? {
    var low = 0
    var high = addresses.count
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] <= address { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? names[low - 1] : nil
  }

  private static let codeTypes = Set("tTwW".utf8)
}
