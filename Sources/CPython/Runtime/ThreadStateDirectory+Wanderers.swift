public import SampleTypes

/// Thread states that run on another thread than the one whose id they carry.
///
/// Up to 3.12 a sub-interpreter runs with the thread state that was made with it, on whatever thread
/// calls it, and that thread state keeps the id of the thread that made it
/// (Modules/_xxsubinterpretersmodule.c; from 3.13 on each call makes one of its own).
extension ThreadStateDirectory {
  /// Two thread pointers that are farther apart have more than one stack between them.
  private static let stackLimit: UInt64 = 64 << 20
  /// As much of a stack is searched for frames.
  private static let searchLimit = 256 * 1024

  /// The thread states with which the thread runs code: those that carry its id, without those that
  /// another thread runs now, and before them those of other threads that it runs now.
  ///
  /// - Parameters:
  ///   - stack: the part of its stack that is in use; nil where that is not known.
  ///   - registers: words of its registers; asked for rarely.
  public func threadStates(
    of thread: UInt64, stack: AddressRange?, registers: () -> [UInt64],
    memory: inout some RemoteMemory
  ) -> [ThreadState] {
    var found = byThread[thread] ?? []
    guard hasWanderers else { return found }
    var search: FrameSearch?
    for state in wanderers {
      let isRun = runs(
        state, on: thread, search: &search, stack: stack, registers: registers, memory: &memory)
      if isRun == false {
        found.removeAll { $0 == state }
      } else if isRun == true, state.threadID != thread {
        found.insert(state, at: 0)
      }
    }
    return found
  }

  /// Whether the thread runs code with a thread state; nil if nobody does, or nothing tells.
  private func runs(
    _ state: ThreadState, on thread: UInt64, search: inout FrameSearch?, stack: AddressRange?,
    registers: () -> [UInt64], memory: inout some RemoteMemory
  ) -> Bool? {
    let layout = runtime.layout.threadState
    if let field = layout.cframe, let root = layout.rootCFrame {
      guard let cframe = memory.pointer(at: state.address + field), cframe.isPlausiblePointer,
        cframe != state.address + root
      else { return nil }
      return self.thread(withStackAt: cframe, asking: thread) == thread
    }
    guard let field = layout.frame, let stack,
      let frame = memory.pointer(at: state.address + field), frame.isPlausiblePointer
    else { return nil }
    if search == nil {
      search = FrameSearch(
        registers: registers(), stack: stack, limit: Self.searchLimit, memory: &memory)
    }
    // What was left by earlier calls may be in sight, but hardly that of two frames.
    guard search?.finds(frame) == true else { return false }
    let caller = memory.pointer(at: frame + runtime.layout.frame.previous) ?? .null
    return caller.isNull || search?.finds(caller) == true
  }

  /// The thread on whose stack an activation's struct lies: glibc keeps the thread's control block, to
  /// which its thread pointer points, at the top of each stack but the main thread's.
  private func thread(withStackAt address: RemoteAddress, asking: UInt64) -> UInt64? {
    var nearest = asking > address.rawValue ? asking : UInt64.max
    for top in byThread.keys where top > address.rawValue && top < nearest { nearest = top }
    return nearest - address.rawValue <= Self.stackLimit ? nearest : mainThread
  }
}

/// The words in which a thread's eval loops may keep the addresses of their frames.
private struct FrameSearch {
  private var words: [UInt64]

  init(
    registers: [UInt64], stack: AddressRange, limit: Int, memory: inout some RemoteMemory
  ) {
    words = registers
    let count = min(stack.count, limit) & ~7
    var bytes = [UInt8](repeating: 0, count: count)
    let copied = bytes.withUnsafeMutableBytes { memory.copyBytes(at: stack.start, into: $0) }
    bytes.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: copied & ~7, by: 8) { words.append(bytes.word(offset)) }
    }
  }

  func finds(_ frame: RemoteAddress) -> Bool { words.contains(frame.rawValue) }
}
