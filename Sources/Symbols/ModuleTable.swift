import Glibc
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

  /// Indices of the modules that are mapped now, ascending by address.
  private(set) var mapped: [Int] = []
  let processID: Int32?
  private var executable: [ExecutableRange] = []
  private var lastHit = 0
  private var readMemory: (AddressRange) -> [UInt8]? = { _ in nil }
  private var known: [ModulePlace: Int] = [:]
  private let files: ModuleFiles
  private var failures: [ModuleFile.Identity: ElfError] = [:]

  /// One executable mapping; `module` is -1 for memory that belongs to no file.
  private struct ExecutableRange: Equatable {
    var start: UInt64
    var end: UInt64
    var module: Int
  }

  /// - Parameters:
  ///   - map: the mappings of the process.
  ///   - processID: where to find its files (`/proc/PID/map_files`, `/proc/PID/root`); nil opens
  ///     the paths as they are.
  ///   - files: what is known of files already, by other tables.
  ///   - readMemory: reads target memory: the vdso, which is no file, and first pages, to tell
  ///     whether a path still names the mapped file. It may return nil.
  public init(
    _ map: MemoryMap, processID: Int32? = nil, files: ModuleFiles = ModuleFiles(),
    readMemory: @escaping (AddressRange) -> [UInt8]? = { _ in nil }
  ) {
    self.processID = processID
    self.files = files
    update(map, readMemory: readMemory)
  }

  /// Takes over a new memory map. A module that is still mapped at the same place (same device,
  /// inode, path and load bias) keeps its identity and its caches.
  public func update(
    _ map: MemoryMap, readMemory: @escaping (AddressRange) -> [UInt8]? = { _ in nil }
  ) {
    var survey = ModuleSurvey(
      map, processID: processID, files: files, failures: failures, readMemory: readMemory)
    survey.run()
    failures = survey.failures
    self.readMemory = readMemory
    mapped = survey.found.map(index(of:))
    let ranges = executableRanges(map)
    guard ranges != executable else { return }
    executable = ranges
    lastHit = 0
    generation &+= 1
  }

  /// The module whose executable mapping contains `address`.
  public func module(containing address: UInt64) -> LoadedModule? {
    guard let range = executableRange(containing: address), range.module >= 0 else { return nil }
    return loadedModules[range.module]
  }

  /// True for executable memory that belongs to no file: JIT code, perf trampolines, closures.
  public func isAnonymousExecutable(_ address: UInt64) -> Bool {
    executableRange(containing: address)?.module == -1
  }

  /// Up to `count` bytes of code that is in no file, as they are in memory now; empty where it cannot
  /// be read.
  public func anonymousCode(at address: UInt64, count: Int) -> [UInt8] {
    guard let range = executableRange(containing: address), range.module == -1 else { return [] }
    let end = min(range.end, address &+ UInt64(count))
    return readMemory(AddressRange(start: RemoteAddress(address), end: RemoteAddress(end))) ?? []
  }

  /// True for executable memory, of a file or not.
  public func isExecutable(_ address: UInt64) -> Bool {
    executableRange(containing: address) != nil
  }

  private func executableRange(containing address: UInt64) -> ExecutableRange? {
    if lastHit < executable.count {
      let range = executable[lastHit]
      if range.start <= address, address < range.end { return range }
    }
    let index = lowerBound(executable.count) { executable[$0].start <= address }
    guard index > 0, address < executable[index - 1].end else { return nil }
    lastHit = index - 1
    return executable[lastHit]
  }

  /// The index of a module that was seen before at this place with these mappings, or a new one.
  private func index(of found: ModuleSurvey.Module) -> Int {
    if let index = known[found.place], loadedModules[index].range == found.range,
      loadedModules[index].executableRanges == found.executableRanges
    {
      return index
    }
    let module = LoadedModule(
      index: loadedModules.count, contents: files.contents(of: found.source),
      loadBias: found.place.loadBias,
      range: found.range, executableRanges: found.executableRanges,
      writableRanges: found.writableRanges)
    loadedModules.append(module)
    known[found.place] = module.index
    return module.index
  }

  private func executableRanges(_ map: MemoryMap) -> [ExecutableRange] {
    var ranges: [ExecutableRange] = []
    for index in mapped {
      ranges += loadedModules[index].executableRanges.map {
        ExecutableRange(start: $0.start.rawValue, end: $0.end.rawValue, module: index)
      }
    }
    ranges.sort { $0.start < $1.start }
    let anonymous = map.mappings.filter { mapping in
      guard mapping.isExecutable, mapping.path != "[vsyscall]" else { return false }
      let start = mapping.range.start.rawValue
      let index = lowerBound(ranges.count) { ranges[$0].start <= start }
      return index == 0 || start >= ranges[index - 1].end
    }
    ranges += anonymous.map {
      ExecutableRange(start: $0.range.start.rawValue, end: $0.range.end.rawValue, module: -1)
    }
    return ranges.sorted { $0.start < $1.start }
  }
}
