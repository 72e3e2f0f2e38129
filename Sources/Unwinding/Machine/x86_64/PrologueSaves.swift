/// Where the first instructions of a function put its caller's registers: pushes, room made on the
/// stack, and moves into it (Intel SDM, volume 2).
///
/// For code without call frame information whose frame has been found by other means.
struct PrologueSaves {
  /// Distance from the CFA of the caller's register, by DWARF number.
  private(set) var slots: [Int: Int64] = [:]
  /// How far the stack pointer is below the CFA; 8 on entry.
  private var depth: Int64 = 8

  /// `code` begins where the function does. Reading ends at the first instruction of another kind.
  init(_ code: [UInt8]) {
    var rest = code[...]
    for _ in 0..<32 {
      guard let length = step(Array(rest.prefix(8))) else { return }
      rest = rest.dropFirst(length)
    }
  }

  private mutating func step(_ code: [UInt8]) -> Int? {
    guard code.count == 8 else { return nil }
    if code.starts(with: [0xf3, 0x0f, 0x1e, 0xfa]) { return 4 }  // endbr64
    if (0x50...0x57).contains(code[0]) { return push(code[0] - 0x50, length: 1) }
    if code[0] == 0x41, (0x50...0x57).contains(code[1]) { return push(code[1] - 0x48, length: 2) }
    if code.starts(with: [0x48, 0x89, 0xe5]) { return 3 }  // mov %rsp, %rbp
    if code.starts(with: [0x48, 0x83, 0xec]) { return makeRoom(Int64(code[3]), length: 4) }
    if code.starts(with: [0x48, 0x81, 0xec]) { return makeRoom(Self.word(code, 3), length: 7) }
    return move(code)
  }

  private mutating func push(_ encoding: UInt8, length: Int) -> Int {
    depth += 8
    save(encoding, at: -depth)
    return length
  }

  private mutating func makeRoom(_ count: Int64, length: Int) -> Int? {
    guard count >= 0, count < 1 << 20 else { return nil }
    depth += count
    return length
  }

  /// `mov %reg, disp(%rsp)`.
  private mutating func move(_ code: [UInt8]) -> Int? {
    guard code[0] == 0x48 || code[0] == 0x4c, code[1] == 0x89, code[2] & 7 == 4, code[3] == 0x24
    else { return nil }
    let displacement: Int64
    let length: Int
    switch code[2] >> 6 {
    case 0: (displacement, length) = (0, 4)
    case 1: (displacement, length) = (Int64(Int8(bitPattern: code[4])), 5)
    case 2: (displacement, length) = (Self.word(code, 4), 8)
    default: return nil
    }
    save(code[2] >> 3 & 7 | (code[0] == 0x4c ? 8 : 0), at: displacement - depth)
    return length
  }

  /// `encoding` numbers registers as instructions do: rsp is 4, rbp 5. Only what belongs to the
  /// caller matters.
  private mutating func save(_ encoding: UInt8, at slot: Int64) {
    let number = [0, 2, 1, 3, 7, 6, 4, 5][Int(encoding & 7)]
    let register = encoding < 8 ? number : Int(encoding)
    if [3, 6, 12, 13, 14, 15].contains(register), slots[register] == nil { slots[register] = slot }
  }

  private static func word(_ code: [UInt8], _ index: Int) -> Int64 {
    let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(code[index + $1]) << UInt32(8 * $1) }
    return Int64(Int32(bitPattern: value))
  }
}
