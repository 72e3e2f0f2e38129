import SampleTypes

/// Finding the runtime of a file that has neither symbols nor section names.
extension RuntimeLocator {
  /// The cookie with which `_PyRuntime` starts from 3.13 on.
  static func cookieScan(
    _ module: MappedModule, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    MemoryScan.first(in: module.writableRanges, memory: &memory) { block, start, _ in
      for offset in stride(from: 0, through: block.count - DebugOffsets.headerSize, by: 8) {
        let header = Array(block[offset..<offset + DebugOffsets.headerSize])
        if header.starts(with: DebugOffsets.cookie), DebugOffsets(header) != nil {
          return start + offset
        }
      }
      return nil
    }
  }

  /// The lowest word that points to an interpreter whose first thread state points back, followed
  /// by the same pointer: `interpreters.head` and `interpreters.main` of a process with one
  /// interpreter.
  static func pointerScan(
    _ module: MappedModule, layout: Layout, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    MemoryScan.first(in: module.writableRanges, memory: &memory) { block, start, memory in
      for offset in stride(from: 0, through: block.count - 16, by: 8) {
        let head = block.pointer(offset)
        guard head == block.pointer(offset + 8), head.isPlausiblePointer,
          let state = memory.pointer(at: head + layout.interpreter.threadsHead),
          state.isPlausiblePointer,
          memory.pointer(at: state + layout.threadState.interpreter) == head
        else { continue }
        let runtime = start + offset - layout.runtime.interpretersHead
        // Other variables hold such a pair as well; the embedded interpreter tells them apart.
        if let main = layout.runtime.mainInterpreter, head - runtime != main { continue }
        return runtime
      }
      return nil
    }
  }
}
