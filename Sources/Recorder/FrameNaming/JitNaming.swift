import LinuxIO
import NamedFiles
import ProfileModel
import RecordingFile
import SampleTypes
import Symbols

/// Names the frames of code that is in no file, from what its maker wrote down: `/tmp/perf-PID.map`
/// or a jitdump. Such a file may name code after it ran, so frames get their names when the recording
/// is flushed.
final class JitNaming {
  private let writer: RecordingWriter
  private let mappings: TargetMappings
  private var process: ProcFiles { mappings.process }
  private var files: [(file: JitFile, parser: JitFileParser)] = []
  private var openedPaths: Set<String> = []
  private var symbols = JitSymbols()
  /// Frames without a name yet: their address in the target, and the module of their function.
  private var unnamed: [Int32: (address: UInt64, module: Int32)] = [:]
  private static let mostUnnamed = 1 << 16

  init(writer: RecordingWriter, mappings: TargetMappings) {
    self.writer = writer
    self.mappings = mappings
  }

  /// A frame at an address of `function`, which stands for code of unknown name.
  func frame(of function: Int32, address: UInt64, module: Int32) -> Int32 {
    guard unnamed.count < Self.mostUnnamed, writer.hasRoomForFrames else {
      return writer.add(frame: Frame(function: function))
    }
    let frame = writer.add(frame: Frame(function: function, address: address))
    // The file is held open from now on, for the process may end at any time.
    if unnamed.isEmpty && files.isEmpty { openFiles() }
    unnamed[frame] = (address, module)
    return frame
  }

  /// Nanoseconds that an update may read for: samples wait meanwhile. Files are megabytes at most where
  /// nobody means harm, and are read on at the next one.
  private static let readingTime: UInt64 = 50_000_000

  /// Names what can be named by now. `end` is on the monotonic clock: until when it may read.
  func update(until end: UInt64 = MonotonicClock.now() &+ JitNaming.readingTime) {
    guard !unnamed.isEmpty else { return }
    openFiles()
    for index in files.indices {
      while MonotonicClock.now() < end, case let bytes = files[index].file.readMore(),
        !bytes.isEmpty
      {
        files[index].parser.parse(bytes, into: &symbols)
      }
    }
    guard !symbols.isEmpty else { return }
    for (frame, place) in unnamed {
      guard let symbol = symbols.symbol(at: place.address) else { continue }
      unnamed[frame] = nil
      // CPython's perf trampolines: the Python frame itself is on the stack, too.
      let function = Function(
        kind: .native, name: sourceName(ofSymbol: symbol.name), module: place.module,
        isPlumbing: symbol.name.hasPrefix("py::"))
      let named = writer.add(
        frame: Frame(function: writer.add(function: function), address: symbol.start))
      writer.add(expansionOf: frame, parts: [named])
    }
  }

  /// The last update; tells of what was not read to its end.
  func finish(until end: UInt64 = MonotonicClock.now() &+ JitNaming.readingTime) {
    update(until: end)
    let isCut = symbols.omitted > 0 || files.contains { $0.file.remaining > 0 }
    guard !unnamed.isEmpty, isCut else { return }
    ReadingBounds.shared.leaveOut(.madeCode, of: "the perf map of process \(process.pid)")
  }

  private func openFiles() {
    guard let user = effective("Uid"), let group = effective("Gid") else { return }
    // The number that the process has in its own PID namespace is the one that it writes.
    let inner = process.statusField("NSpid")?.split(separator: "\t").last.map(String.init)
    let map = "/tmp/perf-\(inner ?? "\(process.pid)").map"
    open(map, .perfMap, user, group)
    if let dump = mappings.jitDumpPath() { open(dump, .jitDump, user, group) }
  }

  private func open(
    _ path: String, _ format: JitFileParser.Format, _ user: UInt32, _ group: UInt32
  ) {
    guard !openedPaths.contains(path), files.count < 8,
      let file = JitFile(
        path: path, root: process.root, user: user, group: group,
        reader: FileReader.isOverridingPermissions ? FileReader(ofProcess: process.pid) : nil)
    else { return }
    openedPaths.insert(path)
    files.append((file, JitFileParser(format: format)))
  }

  /// The effective user or group of the target, in our numbers.
  private func effective(_ field: String) -> UInt32? {
    let fields = process.statusField(field)?.split(separator: "\t") ?? []
    return fields.count > 1 ? UInt32(fields[1]) : nil
  }
}
