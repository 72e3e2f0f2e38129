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

  /// Names for which there was no room.
  public private(set) var omitted = 0

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
  mutating func add(start: UInt64, size: UInt64, name: UnsafeRawBufferPointer) {
    guard !name.isEmpty else { return }
    let cut = UnsafeRawBufferPointer(rebasing: name.prefix(Self.longestName))
    add(start: start, size: size) { String(decoding: cut, as: UTF8.self) }
  }

  /// The names of code that moved are one.
  mutating func move(from old: UInt64, to new: UInt64, size: UInt64) {
    guard let symbol = byStart[old] else { return }
    add(start: new, size: size) { symbol.name }
  }

  private mutating func add(start: UInt64, size: UInt64, _ name: () -> String) {
    let (end, overflow) = start.addingReportingOverflow(size)
    guard size > 0, !overflow else { return }
    let isNew = byStart[start] == nil
    guard !isNew || byStart.count < Self.limit else {
      omitted += 1
      return
    }
    if isNew { isSorted = false }
    byStart[start] = Symbol(start: start, end: end, name: name())
  }
}
