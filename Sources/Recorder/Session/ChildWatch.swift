import LinuxIO

/// Looks for Python among the processes that a launched command has made, where they are not recorded: the
/// command may be a wrapper (a script, make, uv run), and the program is one of them; or have workers.
///
/// What it finds are processes that were there at a look, 20 ms apart; nobody is traced for it.
struct ChildWatch {
  private static let interval: UInt64 = 20_000_000
  /// How many times its own cost a look is delayed.
  private static let costFactor: UInt64 = 50
  /// Processes that one look looks at.
  private static let limit = 256

  /// At how many looks each ran Python.
  private var pythons: [Int32: Int] = [:]
  private var nextLook: UInt64 = 0

  /// Processes that ran Python.
  var count: Int { pythons.count }

  /// Those that did for two looks: a copy of a Python process that is about to execute a program is none.
  var lastingCount: Int { pythons.values.count { $0 > 1 } }

  /// Looks at the processes below `root`, but not too often.
  mutating func look(below root: ProcFiles) {
    let began = MonotonicClock.now()
    guard began >= nextLook else { return }
    var parents = [root]
    var seen = 0
    while let parent = parents.popLast(), seen < Self.limit {
      for pid in parent.children() {
        seen += 1
        let child = ProcFiles(pid: pid)
        parents.append(child)
        if pythons[pid, default: 0] < 2, Self.runsPython(child) { pythons[pid, default: 0] += 1 }
      }
    }
    let end = MonotonicClock.now()
    nextLook = end &+ max(Self.interval, Self.costFactor &* (end &- began))
  }

  /// By its files alone: an executable named `python…`, or a `libpython…` that it has mapped.
  private static func runsPython(_ process: ProcFiles) -> Bool {
    if process.executable()?.split(separator: "/").last?.hasPrefix("python") == true { return true }
    return process.maps()?.contains("/libpython") == true
  }
}
