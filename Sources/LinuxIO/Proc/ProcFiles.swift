import Glibc

/// The files of `/proc/PID` that a profiler reads (proc_pid(5)).
///
/// Any of them can vanish with its process or thread: every reader returns nil then.
public struct ProcFiles: Sendable {
  public let pid: Int32

  public init(pid: Int32) { self.pid = pid }

  public var root: String { "/proc/\(livingThread() ?? pid)/root" }

  public func exists() -> Bool { access("/proc/\(pid)", F_OK) == 0 }

  /// `/proc/PID/maps`; of more than `mapsLimit` bytes the first whole lines. Empty for a kernel thread, and
  /// once every thread has ended.
  public func maps() -> String? { throughLivingThread(Self.maps) }

  private static func maps(_ number: Int32) -> String? {
    guard var bytes = Self.bytes("/proc/\(number)/maps", limit: Self.mapsLimit) else { return nil }
    if bytes.count == Self.mapsLimit, let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
      bytes.removeSubrange((end + 1)...)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// 300,000 lines: five times what a process may have unless the machine is set otherwise
  /// (vm.max_map_count).
  public static let mapsLimit = 32 << 20

  /// A thread by whose number the process's memory and files can be had: its first one or, once that has
  /// ended, another that lives. The kernel takes both from each thread as it ends (kernel/exit.c, exit_mm),
  /// and keeps the first as a zombie until the last has ended. Nil if none lives.
  public func livingThread() -> Int32? {
    if isAlive(pid) { return pid }
    return threads().first { $0 != pid && isAlive($0) }
  }

  /// False for a thread that is gone, or has ended and is not reaped.
  public func isAlive(_ tid: Int32) -> Bool {
    switch state(tid: tid) {
    case nil, "Z", "X": false
    default: true
    }
  }

  /// `R`, `S`, `D`, `T` (stopped), `t` (stopped by its tracer), `Z` (a zombie) and rarer ones: the state of a
  /// thread, without a number of the first (proc_pid_stat(5)).
  public func state(tid: Int32? = nil) -> Character? {
    Self.fields(ofStat: "/proc/\(pid)/task/\(tid ?? pid)/stat")?.first
  }

  /// What a stat file says from field 3, the state, on (proc_pid_stat(5)). The command before it may hold spaces and
  /// parentheses: fields count from behind its last one.
  private static func fields(ofStat path: String) -> Substring? {
    guard let text = text(path), let end = text.lastIndex(of: ")") else { return nil }
    return text[end...].dropFirst(2)
  }

  /// CPU time of all threads, ended ones included, in nanoseconds and to some 10 ms (fs/proc/array.c); nil if the
  /// process is gone.
  public func cpuTime() -> UInt64? {
    guard let fields = Self.fields(ofStat: "/proc/\(pid)/stat")?.split(separator: " ") else {
      return nil
    }
    // utime and stime are fields 14 and 15.
    guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else {
      return nil
    }
    return (user &+ system) &* (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
  }

  /// What `read` finds under the process's number or, where that is nothing, under a living thread's.
  private func throughLivingThread(_ read: (Int32) -> String?) -> String? {
    let own = read(pid)
    guard own?.isEmpty ?? true, let other = livingThread(), other != pid else { return own }
    return read(other)
  }

  /// Numbers of the process's threads.
  public func threads() -> [Int32] {
    guard let directory = opendir("/proc/\(pid)/task") else { return [] }
    defer { closedir(directory) }
    var threads: [Int32] = []
    // An entry is as long as its name: to copy the 256 bytes of a `dirent` would read beyond the buffer.
    let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
    while let entry = readdir(directory) {
      let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      if let tid = Int32(String(cString: name)) { threads.append(tid) }
    }
    return threads
  }

  /// Numbers of the processes that its threads have made and that have not ended (proc_pid_task(5),
  /// `children`; empty without CONFIG_PROC_CHILDREN).
  public func children() -> [Int32] {
    threads().flatMap { tid in
      (Self.text("/proc/\(pid)/task/\(tid)/children") ?? "").split(separator: " ")
        .compactMap { Int32($0) }
    }
  }

  public func hasThread(_ tid: Int32) -> Bool { access("/proc/\(pid)/task/\(tid)", F_OK) == 0 }

  /// A field of `/proc/PID/status`, or of one thread's, such as `SigCgt` or `TracerPid`.
  public func statusField(_ name: String, tid: Int32? = nil) -> String? {
    let path = tid.map { "/proc/\(pid)/task/\($0)/status" } ?? "/proc/\(pid)/status"
    guard let text = Self.text(path) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
      let value = line.dropFirst(name.count + 1).drop { $0 == " " || $0 == "\t" }
      return String(value)
    }
    return nil
  }

  /// The process that traces this one; 0 if none does. (The kernel names the thread of it that traces.)
  public func tracer() -> Int32 {
    guard let thread = statusField("TracerPid", tid: livingThread()).flatMap({ Int32($0) }),
      thread != 0
    else { return 0 }
    return ProcFiles(pid: thread).statusField("Tgid").flatMap { Int32($0) } ?? thread
  }

  /// The kernel's name of a thread, at most 15 bytes.
  public func threadName(tid: Int32) -> String? {
    Self.text("/proc/\(pid)/task/\(tid)/comm").map { String($0.prefix { $0 != "\n" }) }
  }

  /// The command line, arguments joined by spaces; a longer one than `commandLimit` ends in `…`. Any
  /// process may say that its own is gigabytes long (prctl(2), PR_SET_MM_MAP).
  public func commandLine() -> String? {
    throughLivingThread { number in
      guard let bytes = Self.bytes("/proc/\(number)/cmdline", limit: Self.commandLimit + 1) else {
        return nil
      }
      let arguments = bytes.prefix(Self.commandLimit).split(separator: 0).map {
        String(decoding: $0, as: UTF8.self)
      }
      return arguments.joined(separator: " ") + (bytes.count > Self.commandLimit ? "…" : "")
    }
  }

  /// Bytes of a command line that are read.
  public static let commandLimit = 16 << 10

  /// What `/proc/PID/exe` points to; ` (deleted)` is left on.
  public func executable() -> String? {
    throughLivingThread { number in
      var buffer = [CChar](repeating: 0, count: 4096)
      let count = readlink("/proc/\(number)/exe", &buffer, buffer.count - 1)
      guard count > 0 else { return nil }
      return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// Address of the bottom of the main thread's stack: field 28 of `/proc/PID/stat`, 0 if hidden.
  public func startOfStack() -> UInt64? {
    guard
      let fields = Self.fields(ofStat: "/proc/\(livingThread() ?? pid)/stat")?.split(separator: " ")
    else { return nil }
    return fields.count > 25 ? UInt64(fields[25]) : nil
  }

  /// A whole small file; `/proc` files have no size, so it is read until its end, or until `limit` bytes
  /// have come.
  public static func bytes(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(65536, limit))
    while contents.count < limit {
      let count = read(descriptor, &chunk, min(chunk.count, limit - contents.count))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      contents.append(contentsOf: chunk[..<count])
    }
    return contents
  }

  public static func text(_ path: String) -> String? {
    bytes(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The number in the first line of a file, as of a kernel setting below `/proc/sys`; nil where it
  /// cannot be read.
  public static func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.prefix { !$0.isNewline }) }
  }
}
