import LinuxIO
import RemoteProcess
import SampleTypes
import Symbols

/// What a process has mapped, as far as was read last, and the modules in it.
final class TargetMappings: CodeMappings {
  let process: ProcFiles
  let modules: ModuleTable
  let memory: ProcessMemory
  private var map: MemoryMap
  /// Where its main thread's stack began when it was looked at first: an exec moves it.
  let firstStartOfStack: UInt64
  private var refreshedAt: UInt64 = 0
  /// Nanoseconds that a memory map may be old before it is read again.
  private static let refreshInterval: UInt64 = 5_000_000

  /// Nil if the memory map cannot be read: the process is gone, or not ours to look at. A forked process
  /// may be gone, as it had what its parent has.
  init?(of pid: Int32, files: ModuleFiles, forkedFrom parent: TargetMappings?) {
    process = ProcFiles(pid: pid)
    if let text = process.maps(), !text.isEmpty {
      map = MemoryMap(parsing: text)
    } else if let parent {
      map = parent.map
    } else {
      return nil
    }
    memory = ProcessMemory(pid: pid)
    modules = ModuleTable(
      map, processID: process.livingThread() ?? pid, files: files,
      readMemory: Self.reader(memory))
    firstStartOfStack = process.startOfStack() ?? parent?.firstStartOfStack ?? 0
  }

  /// Reads the memory map again, unless it was read just now; false if nothing is new.
  func refresh() -> Bool {
    let now = MonotonicClock.now()
    guard now &- refreshedAt > Self.refreshInterval, let text = process.maps(), !text.isEmpty
    else { return false }
    refreshedAt = now
    let before = modules.generation
    map = MemoryMap(parsing: text)
    modules.processID = process.livingThread() ?? process.pid
    modules.update(map, readMemory: Self.reader(memory))
    return modules.generation != before
  }

  // Short programs have ended by then.
  var startOfStack: UInt64? { process.startOfStack() ?? firstStartOfStack }

  /// False where the process has executed another program since.
  var isCurrent: Bool { process.startOfStack().map { $0 == firstStartOfStack } ?? true }

  /// The end of the mapping that holds a stack address; a new thread's stack may be newer than the map.
  func stackEnd(_ address: UInt64) -> UInt64? {
    let address = RemoteAddress(address)
    if let known = map.mapping(containing: address) { return known.range.end.rawValue }
    _ = refresh()
    return map.mapping(containing: address)?.range.end.rawValue
  }

  /// Path of a jitdump: whoever writes one maps a page of it executable, so that it can be found (perf's own
  /// convention).
  func jitDumpPath() -> String? {
    _ = refresh()
    return map.mappings.last {
      $0.isExecutable && $0.isFile && $0.path.hasSuffix(".dump") && $0.path.contains("/jit-")
    }?.path
  }

  private static func reader(_ memory: ProcessMemory) -> (AddressRange) -> [UInt8]? {
    { range in
      var memory = memory
      return memory.bytes(at: range.start, count: range.count)
    }
  }
}
