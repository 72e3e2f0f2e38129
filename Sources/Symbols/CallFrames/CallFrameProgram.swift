/// Runs the instructions of a CIE and an FDE up to an address (DWARF 5, section 6.4.2).
///
/// Our own and not libdw's: libdw 0.188 believes register numbers and keeps as many rows as it is
/// told to remember, so that a damaged file makes it allocate gigabytes; and it mistakes rax for rbx
/// in the psABI's defaults.
struct CallFrameProgram {
  private struct State {
    var cfa: CallFrameRow.CFA?
    var registers = [CallFrameRow.Register](
      repeating: .unspecified, count: CallFrameRow.registerCount)
  }

  private let description: FrameDescription
  private let view: ByteView
  private let target: UInt64
  private var state = State()
  private var initial = State()
  private var remembered: [State] = []
  private var location: UInt64
  /// Where the row ends that holds the target.
  private var rowEnd: UInt64?
  private var remaining = 100_000

  private static let deepestRemembered = 64
  private static let longestExpression = 256

  private init(_ description: FrameDescription, _ view: ByteView, target: UInt64) {
    self.description = description
    self.view = view
    self.target = target
    location = description.start
  }

  /// The row at a link-time address inside the description; nil if its instructions make no sense.
  static func row(
    at target: UInt64, _ description: FrameDescription, in view: ByteView
  ) -> CallFrameRow? {
    var program = Self(description, view, target: target)
    guard program.run(description.initialInstructions, isInitial: true) else { return nil }
    program.initial = program.state
    guard program.run(description.instructions, isInitial: false), let cfa = program.state.cfa
    else { return nil }
    return CallFrameRow(
      end: program.rowEnd ?? description.end, cfa: cfa, registers: program.state.registers,
      isSignalFrame: description.isSignalFrame)
  }

  private mutating func run(_ range: Range<Int>, isInitial: Bool) -> Bool {
    var cursor = ByteCursor(
      view: ByteView(UnsafeRawBufferPointer(rebasing: view.bytes[..<range.upperBound])),
      offset: range.lowerBound)
    while cursor.offset < range.upperBound, rowEnd == nil {
      remaining -= 1
      guard remaining > 0, let opcode = cursor.next(UInt8.self) else { return false }
      guard execute(opcode, &cursor, isInitial: isInitial) else { return false }
    }
    return true
  }

  private mutating func execute(
    _ opcode: UInt8, _ cursor: inout ByteCursor, isInitial: Bool
  ) -> Bool {
    let low = opcode & 0x3f
    switch opcode >> 6 {
    case 1: return advance(UInt64(low), isInitial)
    case 2: return cursor.unsignedLEB128().map { set(UInt64(low), .atCFA(scaled($0))) } ?? false
    case 3: return restore(UInt64(low))
    default: break
    }
    switch opcode {
    case 0x00: return true  // nop
    case 0x01: return setLocation(&cursor)
    case 0x02: return cursor.next(UInt8.self).map { advance(UInt64($0), isInitial) } ?? false
    case 0x03: return cursor.next(UInt16.self).map { advance(UInt64($0), isInitial) } ?? false
    case 0x04: return cursor.next(UInt32.self).map { advance(UInt64($0), isInitial) } ?? false
    case 0x06: return cursor.unsignedLEB128().map { restore($0) } ?? false
    case 0x0a: return remember()
    case 0x0b: return restoreState()
    case 0x0c, 0x0d, 0x0e, 0x0f, 0x12, 0x13: return defineCFA(opcode, &cursor)
    case 0x2e: return cursor.skipLEB128()  // GNU_args_size
    default: return defineRegister(opcode, &cursor)
    }
  }

  // MARK: Locations

  private mutating func advance(_ delta: UInt64, _ isInitial: Bool) -> Bool {
    guard !isInitial else { return false }
    return move(to: location &+ delta &* description.codeAlignment)
  }

  /// `DW_CFA_set_loc` occurs in no compiler's output; its operand has the encoding of the FDE.
  private mutating func setLocation(_ cursor: inout ByteCursor) -> Bool {
    let place = description.sectionAddress &+ UInt64(cursor.offset)
    guard let value = cursor.encodedValue(description.pointerEncoding) else { return false }
    return move(to: description.pointerEncoding & 0x70 == 0x10 ? value &+ place : value)
  }

  private mutating func move(to address: UInt64) -> Bool {
    guard address >= location else { return false }
    location = address
    if location > target { rowEnd = min(location, description.end) }
    return true
  }

  // MARK: Rows

  private mutating func remember() -> Bool {
    guard remembered.count < Self.deepestRemembered else { return false }
    remembered.append(state)
    return true
  }

  private mutating func restoreState() -> Bool {
    guard let last = remembered.popLast() else { return false }
    state = last
    return true
  }

  private mutating func set(_ number: UInt64, _ rule: CallFrameRow.Register) -> Bool {
    // Vector registers may be described, and do not matter.
    if number < UInt64(CallFrameRow.registerCount) { state.registers[Int(number)] = rule }
    return true
  }

  private mutating func restore(_ number: UInt64) -> Bool {
    guard number < UInt64(CallFrameRow.registerCount) else { return true }
    return set(number, initial.registers[Int(number)])
  }

  private func scaled(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value) &* description.dataAlignment
  }

  private mutating func defineCFA(_ opcode: UInt8, _ cursor: inout ByteCursor) -> Bool {
    switch opcode {
    case 0x0c, 0x12:  // def_cfa, def_cfa_sf
      guard let register = cursor.unsignedLEB128(), register <= 16,
        let offset = opcode == 0x0c
          ? cursor.unsignedLEB128().map(Int64.init(bitPattern:))
          : cursor.signedLEB128().map({ $0 &* description.dataAlignment })
      else { return false }
      state.cfa = .register(UInt8(register), offset: offset)
    case 0x0d:  // def_cfa_register
      guard let register = cursor.unsignedLEB128(), register <= 16,
        case .register(_, let offset)? = state.cfa
      else { return false }
      state.cfa = .register(UInt8(register), offset: offset)
    case 0x0e, 0x13:  // def_cfa_offset, def_cfa_offset_sf
      guard case .register(let register, _)? = state.cfa,
        let offset = opcode == 0x0e
          ? cursor.unsignedLEB128().map(Int64.init(bitPattern:))
          : cursor.signedLEB128().map({ $0 &* description.dataAlignment })
      else { return false }
      state.cfa = .register(register, offset: offset)
    default:  // def_cfa_expression
      guard let expression = expression(&cursor) else { return false }
      state.cfa = .expression(expression)
    }
    return true
  }

  private mutating func defineRegister(_ opcode: UInt8, _ cursor: inout ByteCursor) -> Bool {
    guard let number = cursor.unsignedLEB128() else { return false }
    let rule: CallFrameRow.Register?
    switch opcode {
    case 0x05: rule = cursor.unsignedLEB128().map { .atCFA(scaled($0)) }
    case 0x07: rule = .undefined
    case 0x08: rule = .same
    case 0x09: rule = cursor.unsignedLEB128().map { $0 <= 16 ? .register(UInt8($0)) : .undefined }
    case 0x10: rule = expression(&cursor).map { .atExpression($0) }
    case 0x11: rule = cursor.signedLEB128().map { .atCFA($0 &* description.dataAlignment) }
    case 0x14: rule = cursor.unsignedLEB128().map { .isCFA(scaled($0)) }
    case 0x15: rule = cursor.signedLEB128().map { .isCFA($0 &* description.dataAlignment) }
    case 0x16: rule = expression(&cursor).map { .isExpression($0) }
    case 0x2f: rule = cursor.unsignedLEB128().map { .atCFA(0 &- scaled($0)) }
    default: rule = nil
    }
    guard let rule else { return false }
    return set(number, rule)
  }

  private func expression(_ cursor: inout ByteCursor) -> CallFrameRow.Expression? {
    guard let length = cursor.unsignedLEB128(), length <= UInt64(Self.longestExpression),
      Int(length) <= cursor.view.count - cursor.offset
    else { return nil }
    defer { cursor.offset += Int(length) }
    return Array(cursor.view.bytes[cursor.offset..<cursor.offset + Int(length)])
  }
}
