import Glibc
public import SampleTypes

/// The executable files mapped into one process, found by address.
///
/// For the one thread that unwinds and names; `update` after every change of the memory map.
public final class ModuleTable {
  /// The modules that are mapped, and of earlier ones as many as a program has that does not load ever
  /// others.
  public var loadedModules: [LoadedModule] { byIndex.values.sorted { $0.index < $1.index } }
  private(set) var byIndex: [Int: LoadedModule] = [:]
  private var nextIndex = 0
  /// Modules and failures beyond are forgotten if they are not mapped.
  private let limit: Int
  /// Grows with every update that changed anything; caches keyed by address are valid for one
  /// generation only.
  public private(set) var generation: UInt32 = 0

  /// Indices of the modules that are mapped now, ascending by address.
  private(set) var mapped: [Int] = []
  /// A thread by whose number its files are found; another one where that has ended.
  public var processID: Int32?
  private var executable: [ExecutableRange] = []
  private var lastHit = 0
  private var readMemory: (AddressRange) -> [UInt8]? = { _ in nil }
  private var known: [ModulePlace: Int] = [:]
  private let files: ModuleFiles
  private var failures: [ModuleFile.Identity: ElfError] = [:]

  /// One executable mapping; `module` is nil for memory that belongs to no file.
  private struct ExecutableRange: Equatable {
    var start: UInt64
    var end: UInt64
    var module: LoadedModule?

    static func == (left: Self, right: Self) -> Bool {
      left.start == right.start && left.end == right.end && left.module === right.module
    }
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
    limit: Int = 4096, readMemory: @escaping (AddressRange) -> [UInt8]? = { _ in nil }
  ) {
    self.processID = processID
    self.files = files
    self.limit = limit
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
    failures = survey.failures.count <= limit ? survey.failures : [:]
    self.readMemory = readMemory
    mapped = survey.found.map(index(of:))
    if byIndex.count > limit { forgetUnmapped() }
    let ranges = executableRanges(map)
    guard ranges != executable else { return }
    executable = ranges
    lastHit = 0
    generation &+= 1
  }

  /// The module whose executable mapping contains `address`.
  public func module(containing address: UInt64) -> LoadedModule? {
    executableRange(containing: address)?.module
  }

  /// True for executable memory that belongs to no file: JIT code, perf trampolines, closures.
  public func isAnonymousExecutable(_ address: UInt64) -> Bool {
    executableRange(containing: address).map { $0.module == nil } ?? false
  }

  /// Up to `count` bytes of code that is in no file, as they are in memory now; empty where it cannot
  /// be read.
  public func anonymousCode(at address: UInt64, count: Int) -> [UInt8] {
    guard let range = executableRange(containing: address), range.module == nil else { return [] }
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
    if let index = known[found.place], let module = byIndex[index], module.range == found.range,
      module.executableRanges == found.executableRanges
    {
      return index
    }
    let module = LoadedModule(
      index: nextIndex, contents: files.contents(of: found.source),
      loadBias: found.place.loadBias,
      range: found.range, executableRanges: found.executableRanges,
      writableRanges: found.writableRanges)
    byIndex[nextIndex] = module
    known[found.place] = nextIndex
    nextIndex += 1
    return module.index
  }

  private func forgetUnmapped() {
    let kept = Set(mapped)
    byIndex = byIndex.filter { kept.contains($0.key) }
    known = known.filter { kept.contains($0.value) }
  }

  private func executableRanges(_ map: MemoryMap) -> [ExecutableRange] {
    var ranges: [ExecutableRange] = []
    for index in mapped {
      guard let module = byIndex[index] else { continue }
      ranges += module.executableRanges.map {
        ExecutableRange(start: $0.start.rawValue, end: $0.end.rawValue, module: module)
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
      ExecutableRange(start: $0.range.start.rawValue, end: $0.range.end.rawValue, module: nil)
    }
    return ranges.sorted { $0.start < $1.start }
  }
}
