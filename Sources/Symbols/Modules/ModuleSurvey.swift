import NamedFiles
import SampleTypes

/// Finds the modules in a memory map.
///
/// A file may be mapped twice (`dlmopen`), be mapped for reading as well, or lie in pieces of
/// different protection; so each executable mapping names its own load bias, and the program
/// headers say which other mappings belong to it.
struct ModuleSurvey {
  struct Module {
    var place: ModulePlace
    var source: ModuleSource
    var range: AddressRange
    var executableRanges: [AddressRange]
    var writableRanges: [AddressRange]
  }

  /// Ascending by address.
  private(set) var found: [Module] = []
  /// Files that could not be surveyed, so that this is not tried again at every update.
  private(set) var failures: [ModuleFile.Identity: ElfError]

  private let files: ModuleFiles
  private let map: MemoryMap
  private let processID: Int32?
  private let reader: FileReader?
  private let readMemory: (AddressRange) -> [UInt8]?
  private let vdso: (MemoryMap.Mapping, [UInt8])?

  init(
    _ map: MemoryMap, processID: Int32?, files: ModuleFiles,
    failures: [ModuleFile.Identity: ElfError],
    readMemory: @escaping (AddressRange) -> [UInt8]?
  ) {
    self.map = map
    self.processID = processID
    reader = FileReader.isOverridingPermissions ? processID.map(FileReader.init(ofProcess:)) : nil
    self.files = files
    self.failures = failures
    self.readMemory = readMemory
    let mapping = map.mappings.first { $0.path == "[vdso]" && $0.isExecutable }
    vdso = mapping.flatMap { mapping in
      readMemory(mapping.range).map { (mapping, $0) }
    }
  }

  mutating func run() {
    var places: Set<ModulePlace> = []
    for mapping in map.mappings where mapping.isFile && mapping.isExecutable {
      let file = ModuleFile(mapping, processID: processID, reader: reader)
      switch survey(file) {
      case .success(let surveyed):
        guard
          let bias = surveyed.layout.bias(
            ofExecutableMappingAt: mapping.range.start.rawValue, fileOffset: mapping.fileOffset)
        else { continue }
        let place = ModulePlace(file: file.identity, loadBias: bias)
        guard places.insert(place).inserted else { continue }
        found.append(module(place, .file(file, surveyed.file), surveyed.layout))
      case .failure(.cannotOpen), .failure(.replaced):
        addUnreadable(file, mapping, &places)
      case .failure:
        continue  // No code file: JIT code in a memfd, say.
      }
    }
    addVDSO()
    found.sort { $0.range.start < $1.range.start }
  }

  private mutating func survey(_ file: ModuleFile) -> Result<SurveyedFile, ElfError> {
    if let failure = failures[file.identity] { return .failure(failure) }
    let surveyed = files.survey(file) { mayKeep in
      Result { () throws(ElfError) in
        let opened = try file.open { isMapped($0, file.identity) }
        let layout = try ElfLayout { opened.read(at: $0, count: $1) }
        return SurveyedFile(layout: layout, file: mayKeep ? opened : nil)
      }
    }
    if case .failure(let failure) = surveyed { failures[file.identity] = failure }
    return surveyed
  }

  /// True if the first page of the file is what the process has mapped of it: headers and, mostly,
  /// the build ID.
  private func isMapped(_ opened: OpenFile, _ identity: ModuleFile.Identity) -> Bool {
    let first = map.mappings.first {
      $0.inode == identity.inode && $0.path == identity.path && $0.device == identity.device
        && $0.fileOffset == 0 && $0.isReadable
    }
    guard let start = first?.range.start else { return false }
    let count = Int(min(opened.size, 4096))
    guard let inMemory = readMemory(AddressRange(start: start, end: start + count)) else {
      return false
    }
    return count > 0 && opened.read(at: 0, count: count) == inMemory
  }

  private func module(
    _ place: ModulePlace, _ source: ModuleSource, _ layout: ElfLayout
  ) -> Module {
    let extent = layout.extent
    let start = extent.start &+ place.loadBias
    let end = extent.end &+ place.loadBias
    let first = lowerBound(map.mappings.count) { map.mappings[$0].range.end.rawValue <= start }
    let inside = map.mappings[first...].prefix { $0.range.start.rawValue < end }
    // Anonymous mappings count: the rest of .bss, and text that was moved to huge pages. But not
    // around a single page of a file's code, as libffi maps its trampolines a second time.
    let isWhole =
      inside.first.map { $0.range.start.rawValue == start && $0.inode == place.file.inode } ?? false
    let mappings = inside.filter {
      $0.isFile ? $0.inode == place.file.inode : isWhole && !$0.path.hasPrefix("[")
    }
    func clipped(_ mapping: MemoryMap.Mapping) -> AddressRange {
      AddressRange(
        start: max(mapping.range.start, RemoteAddress(start)),
        end: min(mapping.range.end, RemoteAddress(end)))
    }
    let ranges = mappings.map(clipped)
    return Module(
      place: place, source: source,
      range: AddressRange(
        start: ranges.first?.start ?? .null, end: ranges.last?.end ?? .null),
      executableRanges: mappings.filter(\.isExecutable).map(clipped),
      writableRanges: mappings.filter(\.isWritable).map(clipped))
  }

  /// A file that may not be opened still has a name and a place; its link-time addresses are
  /// taken to be its file offsets.
  private mutating func addUnreadable(
    _ file: ModuleFile, _ mapping: MemoryMap.Mapping, _ places: inout Set<ModulePlace>
  ) {
    let bias = mapping.range.start.rawValue &- mapping.fileOffset
    let place = ModulePlace(file: file.identity, loadBias: bias)
    guard places.insert(place).inserted else { return }
    found.append(
      Module(
        place: place, source: .file(file, nil), range: mapping.range,
        executableRanges: [mapping.range], writableRanges: []))
  }

  private mutating func addVDSO() {
    guard let (mapping, bytes) = vdso else { return }
    let source = ModuleSource.memory(name: mapping.path, bytes: bytes)
    guard case .success(let layout) = source.open().map(\.layout),
      let bias = layout.bias(ofExecutableMappingAt: mapping.range.start.rawValue, fileOffset: 0)
    else { return }
    let file = ModuleFile(mapping, processID: nil)
    found.append(
      Module(
        place: ModulePlace(file: file.identity, loadBias: bias), source: source,
        range: mapping.range, executableRanges: [mapping.range], writableRanges: []))
  }
}
