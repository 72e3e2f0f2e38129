import Symbols

/// Tells whether code addresses follow a call instruction: the strongest sign that a word on the
/// stack is a return address. Answers are cached; the bytes come from the module's file.
struct CallSites {
  private var known: [UInt64: PrecedingCall] = [:]
  /// Guessed words of a corrupt stack must not fill the memory.
  private static let limit = 65536

  mutating func removeAll() { known.removeAll(keepingCapacity: true) }

  /// True if `address` lies right behind a call in a module's file. False for anonymous memory,
  /// of which there are no bytes.
  mutating func followsCall(_ address: UInt64, _ modules: ModuleTable) -> Bool {
    call(before: address, modules) != .none
  }

  /// The call in a module's file behind which `address` lies.
  mutating func call(before address: UInt64, _ modules: ModuleTable) -> PrecedingCall {
    if let answer = known[address] { return answer }
    let answer = Self.examine(address, modules)
    if known.count >= Self.limit { removeAll() }
    known[address] = answer
    return answer
  }

  private static func examine(_ address: UInt64, _ modules: ModuleTable) -> PrecedingCall {
    guard let module = modules.module(containing: address &- 1), let image = module.image
    else { return .none }
    let end = module.linkAddress(of: address)
    // The longest call is 8 bytes with a prefix; near the start of the code there may be fewer.
    for count in [8, 5, 2] {
      let start = end &- UInt64(count)
      guard let bytes = image.bytes(atLinkAddress: start, count: count), bytes.count == count
      else { continue }
      guard endsWithCall(bytes) else { return .none }
      guard let distance = directDistance(bytes) else { return .indirect }
      let target = address &+ distance
      // Bytes of an indirect call may look like a direct one, which then leads anywhere.
      return module.isExecutable(target) ? .direct(target) : .indirect
    }
    return .none
  }

  /// What `call rel32` at the end of the bytes adds to the address behind it.
  private static func directDistance(_ code: [UInt8]) -> UInt64? {
    guard code.count >= 5, code[code.count - 5] == 0xe8 else { return nil }
    let displacement = code.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return UInt64(bitPattern: Int64(Int32(bitPattern: displacement)))
  }

  /// True if the bytes end with `call rel32` or an indirect near call (Intel SDM, volume 2, CALL).
  static func endsWithCall(_ code: [UInt8]) -> Bool {
    let count = code.count
    if count >= 5, code[count - 5] == 0xe8 { return true }
    for length in 2...7 where count >= length {
      let start = count - length
      guard code[start] == 0xff else { continue }
      let modRM = code[start + 1]
      guard modRM >> 3 & 7 == 2 else { continue }
      let base = length > 2 ? code[start + 2] & 7 : 0
      if operandLength(modRM, sibBase: base) == length { return true }
    }
    return false
  }

  /// Bytes of `FF /2` with this ModRM byte: opcode, ModRM, SIB and displacement.
  private static func operandLength(_ modRM: UInt8, sibBase: UInt8) -> Int {
    let mode = modRM >> 6
    if mode == 3 { return 2 }
    let hasSIB = modRM & 7 == 4
    let sib = hasSIB ? 1 : 0
    switch mode {
    case 1: return 3 + sib
    case 2: return 6 + sib
    default: return modRM & 7 == 5 || (hasSIB && sibBase == 5) ? 6 + sib : 2 + sib
    }
  }
}
