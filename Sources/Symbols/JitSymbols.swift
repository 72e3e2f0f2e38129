/// Names of code that was made while the program ran, as its maker wrote them down.
public struct JitSymbols: Sendable {
  /// One piece of code, by addresses in the target.
  public struct Symbol: Hashable, Sendable {
    public var start: UInt64
    public var end: UInt64
    public var name: String
  }

  /// What a hostile file could fill the memory with.
  private static let limit = 1 << 19
  private static let longestName = 1024

  private var byStart: [UInt64: Symbol] = [:]
  private var starts: [UInt64] = []
  private var isSorted = true

  public init() {}

  public var isEmpty: Bool { byStart.isEmpty }

  /// The piece of code that contains an address. Where code was replaced, the newer one.
  public mutating func symbol(at address: UInt64) -> Symbol? {
    if !isSorted {
      starts = byStart.keys.sorted()
      isSorted = true
    }
    let index = lowerBound(starts.count) { starts[$0] <= address }
    guard index > 0, let symbol = byStart[starts[index - 1]], address < symbol.end else {
      return nil
    }
    return symbol
  }

  /// A piece of code replaces an older one that starts at the same address.
  mutating func add(start: UInt64, size: UInt64, name: some Collection<UInt8>) {
    let (end, overflow) = start.addingReportingOverflow(size)
    guard size > 0, !overflow, !name.isEmpty else { return }
    if byStart[start] == nil {
      guard byStart.count < Self.limit else { return }
      isSorted = false
    }
    let text = String(decoding: name.prefix(Self.longestName), as: UTF8.self)
    byStart[start] = Symbol(start: start, end: end, name: text)
  }

  mutating func move(from old: UInt64, to new: UInt64, size: UInt64) {
    guard let symbol = byStart[old] else { return }
    add(start: new, size: size, name: symbol.name.utf8)
  }
}
