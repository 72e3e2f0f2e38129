import CTickProgram
public import SampleTypes

/// One sample that a `TickProgram` took. Borrows the ring's bytes.
public struct TickRecord {
  private let header: tick_record
  private let bytes: UnsafeRawBufferPointer

  /// Nil for bytes that cannot be a record.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= MemoryLayout<tick_record>.size else { return nil }
    header = bytes.loadUnaligned(as: tick_record.self)
    let sizes = [header.kernel_size, header.python_size, header.stack_size]
    let payload = sizes.reduce(0) { $0 + Int($1) }
    guard bytes.count >= MemoryLayout<tick_record>.size + payload else { return nil }
    self.bytes = bytes
  }

  /// What the event was attached with.
  public var slot: Int32 { Int32(truncatingIfNeeded: header.slot) }
  /// Nanoseconds of CLOCK_MONOTONIC of the tick.
  public var time: UInt64 { header.start }
  /// Nanoseconds that taking the sample took.
  public var cost: UInt64 { header.end &- header.start }
  /// How many ticks it stands for: itself, and those that were passed over before it.
  public var ticks: Int64 { Int64(header.ticks) }
  /// Which call of `TickProgram.configure` the program followed, and whether it knew an interpreter.
  public var generation: UInt32 { header.generation }
  public var knewInterpreter: Bool { header.is_ready != 0 }
  /// The thread leaves the CPU.
  public var isSwitch: Bool { header.is_switch != 0 }
  public var isUserMode: Bool { header.is_user != 0 }
  /// The thread pointer.
  public var fsBase: UInt64 { header.fs_base }
  /// Addresses of the thread's `PyThreadState`s, newest interpreter first.
  public var threadStates: some Sequence<RemoteAddress> {
    withUnsafeBytes(of: header.states) { bytes in
      bytes.bindMemory(to: UInt64.self).prefix { $0 != 0 }.map { RemoteAddress($0) }
    }
  }

  /// In user mode, or on entering the kernel.
  public var registers: Registers {
    withUnsafeBytes(of: header.registers) {
      Registers(perfOrder: $0.bindMemory(to: UInt64.self))
    }
  }

  /// Addresses in the kernel, innermost first; empty for a tick in user mode.
  public var kernelChain: UnsafeBufferPointer<UInt64> {
    payload(0, header.kernel_size).assumingMemoryBound(to: UInt64.self)
  }

  /// Whether the stack may reach farther out than it was copied.
  public var mayBeCut: Bool { header.cut & UInt32(TICK_CUT_STACK) != 0 }

  /// True if the search for the thread's `PyThreadState`s had to end before it had found them.
  public var isSearchCut: Bool { header.cut & UInt32(TICK_CUT_SEARCH) != 0 }

  /// True if outer frames were not copied, because it would have taken too long.
  public var areFramesCut: Bool { header.cut & UInt32(TICK_CUT_FRAMES) != 0 }

  public var stackStart: UInt64 { header.stack_start }

  /// The user stack from `stackStart` on.
  public var stack: UnsafeRawBufferPointer {
    payload(header.kernel_size + header.python_size, header.stack_size)
  }

  /// Calls `body` with each piece of the interpreter's memory: where it was, and its bytes.
  public func forEachPiece(_ body: (UInt64, UnsafeRawBufferPointer) -> Void) {
    let pieces = payload(header.kernel_size, header.python_size)
    var offset = 0
    while offset + 16 <= pieces.count {
      let address = pieces.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let size = pieces.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
      offset += 16
      guard size <= UInt64(pieces.count - offset) else { return }
      body(address, UnsafeRawBufferPointer(rebasing: pieces[offset..<offset + Int(size)]))
      offset += (Int(size) + 7) & ~7
    }
  }

  /// All of it, from which another can be made.
  public var rawBytes: UnsafeRawBufferPointer { bytes }

  private func payload(_ start: UInt32, _ count: UInt32) -> UnsafeRawBufferPointer {
    let offset = MemoryLayout<tick_record>.size + Int(start)
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
  }
}
