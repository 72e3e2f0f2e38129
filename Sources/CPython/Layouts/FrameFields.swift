import SampleTypes

/// The fields of one frame, out of a copy of its memory.
struct FrameFields {
  var code: RemoteAddress
  var previous: RemoteAddress
  /// A pointer into the bytecode from 3.11 on; before, `f_lasti` in its low 32 bits.
  var instruction: UInt64
  var globals: RemoteAddress
  var owner: UInt8
  var isEntry: Bool
  var threadLocalBytecodeIndex: Int32
  /// Up to 3.10: whether an eval loop runs it now.
  var isExecuting: Bool

  /// `position` is where the frame starts in `bytes`; what lies before its first field need not
  /// be there.
  init(_ bytes: UnsafeRawBufferPointer, at position: Int, layout: Layout.Frame) {
    // From 3.14 on a tagged reference (`_PyStackRef`): the two low bits are no address.
    code = RemoteAddress(bytes.word(position + layout.code) & ~3)
    previous = bytes.pointer(position + layout.previous)
    instruction = bytes.word(position + layout.instruction)
    globals = bytes.pointer(position + layout.globals)
    owner = layout.owner.map { bytes.field(UInt8.self, position + $0) } ?? 0
    isEntry = layout.isEntry.map { bytes.field(UInt8.self, position + $0) != 0 } ?? false
    threadLocalBytecodeIndex =
      layout.threadLocalBytecodeIndex.map { bytes.field(Int32.self, position + $0) } ?? 0
    isExecuting = true
    guard let field = layout.execution else { return }
    isExecuting =
      layout.executionIsDepth
      ? bytes.field(Int32.self, position + field) < 0
      : bytes.field(UInt8.self, position + field) != 0
  }
}

extension FrameFields {
  /// `FRAME_OWNED_BY_CSTACK` (3.12, 3.13), `FRAME_OWNED_BY_INTERPRETER` (3.14, 3.15): the entry
  /// frame of an activation, which runs no code. 3.14 names 4 as well and never assigns it.
  static let ownerEntry: UInt8 = 3
  static let ownerLimit: UInt8 = 4

  /// `FRAME_OWNED_BY_GENERATOR`: inside a generator or coroutine object.
  static let ownerGenerator: UInt8 = 1
}
