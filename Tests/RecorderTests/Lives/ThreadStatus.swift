import Foundation

/// What the kernel says of one thread.
struct ThreadStatus {
  /// `R`, `S`, `D`, `T` (stopped), `t` (stopped by its tracer), `Z`.
  var state: Character
  /// 0 if nobody traces it.
  var tracer: Int32
  /// User and kernel time, in clock ticks.
  var cpu: Int

  var isStopped: Bool { state == "T" || state == "t" }

  /// Of every thread of a process that still exists.
  static func all(of pid: Int32) -> [ThreadStatus] {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
    return tasks.compactMap { ThreadStatus(path: "/proc/\(pid)/task/\($0)") }
  }

  /// The process that made this one.
  static func parent(of pid: Int32) -> Int32? {
    let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    guard let stat, let close = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[close...].split(separator: " ")
    return fields.count > 2 ? Int32(fields[2]) : nil
  }

  private init?(path: String) {
    // pid (name) state ppid …: the name may hold anything, blanks and parentheses too (proc(5)).
    guard let stat = try? String(contentsOfFile: path + "/stat", encoding: .utf8),
      let status = try? String(contentsOfFile: path + "/status", encoding: .utf8),
      let close = stat.lastIndex(of: ")"),
      let tracer = status.split(separator: "\n").first(where: { $0.hasPrefix("TracerPid:") })
    else { return nil }
    let fields = stat[close...].split(separator: " ")
    guard fields.count > 13, let state = fields[1].first, let user = Int(fields[12]),
      let system = Int(fields[13]), let tracer = tracer.split(separator: "\t").last
    else { return nil }
    self.state = state
    self.tracer = Int32(tracer) ?? -1
    cpu = user + system
  }
}
