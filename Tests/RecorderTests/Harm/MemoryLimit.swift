import Foundation

/// A way of taking memory away from a process that runs already.
enum MemoryLimit: Sendable {
  /// `RLIMIT_AS` below what it has: nothing can be mapped any more.
  case addressSpace
  /// A control group with less memory than it needs: the kernel kills it.
  case controlGroup

  private static let name = "hyflame-test-\(getpid())"
  private static let groups = ["/sys/fs/cgroup/memory/\(name)", "/sys/fs/cgroup/\(name)"]

  /// False where that is not permitted.
  func apply(to pid: Int32) -> Bool {
    switch self {
    case .addressSpace: return Self.limitAddressSpace(of: pid)
    case .controlGroup: return Self.moveToGroup(pid)
    }
  }

  func remove() {
    for path in Self.groups { rmdir(path) }
  }

  private static func limitAddressSpace(of pid: Int32) -> Bool {
    let prlimit = Process()
    prlimit.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
    prlimit.arguments = ["--pid", "\(pid)", "--as=1048576:1048576"]
    guard (try? prlimit.run()) != nil else { return false }
    prlimit.waitUntilExit()
    return prlimit.terminationStatus == 0
  }

  /// The first hierarchy that has memory limits: the old one, or the unified one.
  private static func moveToGroup(_ pid: Int32) -> Bool {
    for (path, file) in zip(groups, ["memory.limit_in_bytes", "memory.max"]) {
      guard mkdir(path, 0o755) == 0 else { continue }
      if write("65536", to: "\(path)/\(file)"), write("\(pid)", to: "\(path)/cgroup.procs") {
        return true
      }
      rmdir(path)
    }
    return false
  }

  private static func write(_ text: String, to path: String) -> Bool {
    (try? text.write(toFile: path, atomically: false, encoding: .utf8)) != nil
  }
}
