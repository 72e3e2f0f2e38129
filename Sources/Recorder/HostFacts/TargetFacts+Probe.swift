import CLinux
import CPython
import Glibc
import LinuxIO
import RemoteProcess
import SampleTypes
import Symbols

extension TargetFacts {
  /// Looks at a process without touching it: nothing is attached.
  public static func probe(pid: Int32) -> TargetFacts {
    var facts = TargetFacts(pid: pid)
    let process = ProcFiles(pid: pid)
    facts.exists = process.exists()
    guard facts.exists else { return facts }
    facts.readStatus(process)
    guard let thread = process.livingThread() else {
      facts.hasEnded = true
      return facts
    }
    facts.isStopped = process.state(tid: thread) == "T"
    guard let text = process.maps() else {
      facts.mapping = errno == 0 ? EACCES : errno
      return facts
    }
    // A kernel thread, or a zombie.
    guard !text.isEmpty else { return facts }
    facts.reading = readingTrial(pid)
    let memory = ProcessMemory(pid: pid)
    let modules = ModuleTable(MemoryMap(parsing: text), processID: process.livingThread()) {
      range in
      var memory = memory
      return memory.bytes(at: range.start, count: range.count)
    }
    facts.readLibraries(modules)
    if facts.reading == nil {
      facts.readInterpreter(modules, memory)
    } else {
      var symbols = modules
      facts.python =
        RuntimeLocator.versionInFiles(symbols: &symbols).map { .unread(version: "\($0)") } ?? .none
    }
    return facts
  }

  private mutating func readStatus(_ process: ProcFiles) {
    command = process.commandLine() ?? ""
    executable = process.executable()
    let users = process.statusField("Uid")?.split(separator: "\t") ?? []
    user = users.count > 1 ? UInt32(users[1]) : nil
    parent = process.statusField("PPid").flatMap { Int32($0) } ?? 0
    tracer = process.tracer()
    threads = process.threads().count
    let numbers = process.statusField("NSpid")?.split(separator: "\t") ?? []
    innerPID = numbers.count > 1 ? Int32(numbers[numbers.count - 1]) : nil
    hasOwnRoot = Self.differs("root", pid) || Self.differs("ns/mnt", pid)
    hasOwnUsers = Self.differs("ns/user", pid)
  }

  private static func differs(_ name: String, _ pid: Int32) -> Bool {
    guard let its = MachineFacts.link("/proc/\(pid)/\(name)") else { return false }
    return its != MachineFacts.link("/proc/self/\(name)")
  }

  /// Reads one byte of the process's memory: the errno with which that is refused.
  static func readingTrial(_ pid: Int32) -> Int32? {
    guard
      let text = ProcFiles(pid: pid).maps(),
      let mapping = MemoryMap(parsing: text).mappings.first(where: \.isReadable)
    else { return EACCES }
    var byte: UInt8 = 0
    return withUnsafeMutableBytes(of: &byte) { buffer in
      var local = iovec(iov_base: buffer.baseAddress, iov_len: 1)
      var remote = iovec(
        iov_base: UnsafeMutableRawPointer(bitPattern: UInt(mapping.range.start.rawValue)),
        iov_len: 1)
      let number = ProcFiles(pid: pid).livingThread() ?? pid
      let result = linux_read_memory(number, &local, 1, &remote, 1)
      return result < 0 ? Int32(-result) : nil
    }
  }

  private mutating func readLibraries(_ modules: ModuleTable) {
    for module in modules.loadedModules where module.path.hasPrefix("/") {
      libraries.count += 1
      guard let image = module.image else {
        libraries.unreadable.append(module.name)
        continue
      }
      if image.section(named: ".eh_frame") == nil, image.section(named: ".debug_frame") == nil {
        libraries.withoutUnwindInformation.append(module.name)
      }
      if !module.hasFullSymbols { libraries.withoutSymbols.append(module.name) }
    }
  }

  private mutating func readInterpreter(_ modules: ModuleTable, _ memory: ProcessMemory) {
    var symbols = modules
    var memory = memory
    do throws(RuntimeError) {
      let runtime = try RuntimeLocator.locate(symbols: &symbols, memory: &memory)
      python = .found(
        Interpreter(
          version: "\(runtime.version)", module: runtime.module.path, origin: "\(runtime.origin)",
          describesItself: runtime.layoutSource == .itself, refused: runtime.layoutSource.refused))
    } catch {
      switch error {
      case .notFound: python = .none
      case .unsupported(let version): python = .unsupported(version: "\(version)")
      case .notInitialized(let version): python = .notInitialized(version: "\(version)")
      case .inconsistent(let version, let contradiction):
        python = .inconsistent(version: "\(version)", contradiction: "\(contradiction)")
      }
    }
  }
}
