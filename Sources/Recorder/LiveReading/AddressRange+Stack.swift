import SampleTypes

extension AddressRange {
  /// Bytes below the stack pointer that a function may use (x86-64 psABI, section 3.2.2): epilogues
  /// leave restored registers there.
  static let redZone: UInt64 = 128
  /// What is taken where the end of the stack is not known (an alternate or foreign stack).
  private static let unknownStackBytes: UInt64 = 65536

  /// From below the stack pointer to the end of the thread's stack: exactly known for the main thread,
  /// and on glibc for the others, whose control block (FS base) lies at the top of their stack.
  init(stackFrom pointer: UInt64, threadPointer: UInt64, startOfStack: UInt64) {
    let known = [startOfStack, threadPointer].lazy
      .map { $0 &- pointer }.filter { $0 > 0 && $0 <= 64 << 20 }.min()
    self.init(
      start: RemoteAddress(pointer &- Self.redZone),
      end: RemoteAddress(pointer &+ (known ?? Self.unknownStackBytes)))
  }
}
