public import SampleTypes

/// The executable files mapped into one process, found by address.
///
/// For the one thread that unwinds and names; `update` after every change of the memory map.
public final class ModuleTable {
  /// Every module ever seen, by `LoadedModule.index`: samples taken before an unmapping keep their
  /// module.
  public private(set) var loadedModules: [LoadedModule] = []
  /// Grows with every update that changed anything; caches keyed by address are valid for one
  /// generation only.
  public private(set) var generation: UInt32 = 0

  /// - Parameters:
  ///   - map: the mappings of the process.
  ///   - processID: where to find its files (`/proc/PID/map_files`, `/proc/PID/root`); nil opens
  ///     the paths as they are.
  ///   - readMemory: reads target memory; used for the vdso, which is no file. It may return nil.
  public init(
    _ map: MemoryMap, processID: Int32? = nil,
    readMemory: (AddressRange) -> [UInt8]? = { _ in nil }
  ) {}

  /// Takes over a new memory map. A module that is still mapped at the same place (same device,
  /// inode, path and load bias) keeps its identity and its caches.
  public func update(_ map: MemoryMap, readMemory: (AddressRange) -> [UInt8]? = { _ in nil }) {}

  /// The module whose executable mapping contains `address`.
  public func module(containing address: UInt64) -> LoadedModule? { nil }

  /// True for executable memory that belongs to no file: JIT code, perf trampolines, closures.
  public func isAnonymousExecutable(_ address: UInt64) -> Bool { false }
}
