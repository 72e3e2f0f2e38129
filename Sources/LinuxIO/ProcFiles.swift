import Glibc

/// The files of `/proc/PID` that a profiler reads (proc_pid(5)).
///
/// Any of them can vanish with its process or thread: every reader returns nil then.
public struct ProcFiles: Sendable {
  public let pid: Int32

  public init(pid: Int32) { self.pid = pid }

  public var root: String { "/proc/\(pid)/root" }

  public func exists() -> Bool { access("/proc/\(pid)", F_OK) == 0 }

  /// `/proc/PID/maps`.
  public func maps() -> String? { Self.text("/proc/\(pid)/maps") }

  /// Numbers of the process's threads.
  public func threads() -> [Int32] {
    guard let directory = opendir("/proc/\(pid)/task") else { return [] }
    defer { closedir(directory) }
    var threads: [Int32] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let tid = Int32(name) { threads.append(tid) }
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

  /// The kernel's name of a thread, at most 15 bytes.
  public func threadName(tid: Int32) -> String? {
    Self.text("/proc/\(pid)/task/\(tid)/comm").map { String($0.prefix { $0 != "\n" }) }
  }

  /// The command line, arguments joined by spaces.
  public func commandLine() -> String? {
    guard let bytes = Self.bytes("/proc/\(pid)/cmdline") else { return nil }
    let arguments = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return arguments.joined(separator: " ")
  }

  /// What `/proc/PID/exe` points to; ` (deleted)` is left on.
  public func executable() -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/\(pid)/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Address of the bottom of the main thread's stack: field 28 of `/proc/PID/stat`, 0 if hidden.
  public func startOfStack() -> UInt64? {
    guard let text = Self.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return nil
    }
    // The command may hold spaces and parentheses: fields count from behind its last one.
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 25 ? UInt64(fields[25]) : nil
  }

  /// A whole small file; `/proc` files have no size, so it is read until its end.
  public static func bytes(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return contents }
      contents.append(contentsOf: chunk[..<count])
    }
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
