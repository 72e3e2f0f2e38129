import Foundation
import ProfileModel
import Support
import Testing

@testable import Exporters

/// Recordings of several processes.
@Suite struct ProcessTests {
  /// A server with two workers, whose command lines are hostile and long.
  private static func family() -> Profile {
    var build = ProfileBuilding()
    let master = build.thread("MainThread", tid: 10)
    let worker = build.thread("MainThread", tid: 11)
    let pool = build.thread("pool_0", tid: 12)
    let native = build.thread("blas", tid: 13, isPython: false)
    build.sample(master, "serve (app.py:1@1)", .held, count: 1)
    build.sample(worker, "work (app.py:9@9)", .held, count: 2)
    build.sample(pool, "work (app.py:9@9)", .held, count: 3)
    build.sample(native, "dgemm [libblas.so]", .none, count: 4)
    build.profile.processes = [
      ProcessDescription(pid: 10, command: "python3 app.py", pythonVersion: "3.11.7"),
      ProcessDescription(
        pid: 11, command: "python3; worker \u{1b}[31m" + String(repeating: "x", count: 300),
        pythonVersion: "3.9.1"),
    ]
    for (thread, process) in [(0, 0), (1, 1), (2, 1), (3, 1)] {
      build.profile.threads[thread].process = Int32(process)
      build.profile.threads[thread].pid = build.profile.processes[process].pid
    }
    build.profile.target.pid = 10
    build.profile.target.command = "python3 app.py"
    return build.profile
  }

  @Test func foldedHasARootForEachProcess() throws {
    var options = ReportOptions()
    let lines = try renderText(Self.family(), .folded) { $0 = options }.split(separator: "\n")
    let long = "process 11 python3: worker"
    #expect(lines.count == 3)
    #expect(lines.contains { $0.hasPrefix("process 10 python3 app.py;serve (app.py:1) ") })
    #expect(lines.contains { $0.hasPrefix(long) && $0.contains(";work (app.py:9) 50000") })
    #expect(lines.contains { $0.hasPrefix(long) && $0.contains(";thread blas;dgemm") })
    #expect(lines.allSatisfy { $0.count < 200 })
    options.splitsByThread = true
    let split = try renderText(Self.family(), .folded) { $0 = options }.split(separator: "\n")
    #expect(split.count == 4)
    #expect(split.contains { $0.hasPrefix(long) && $0.contains(";thread pool_0 (12);work") })
  }

  @Test func oneProcessHasNoRoot() throws {
    var profile = Self.family()
    profile.processes.removeLast()
    for index in profile.threads.indices { profile.threads[index].process = 0 }
    let folded = try renderText(profile, .folded)
    #expect(!folded.contains("process"))
  }

  @Test func json() throws {
    let text = try renderText(Self.family(), .json)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let processes = try #require(object["processes"] as? [[String: Any]])
    #expect(processes.map { $0["pid"] as? Int } == [10, 11])
    #expect(processes.map { $0["python"] as? String } == ["3.11.7", "3.9.1"])
    #expect(processes.map { $0["seconds"] as? Double } == [0.01, 0.09])
    let threads = try #require(object["threads"] as? [[String: Any]])
    #expect(threads.map { $0["pid"] as? Int } == [10, 11, 11, 11])
  }

  @Test func textListsProcesses() throws {
    var options = ReportOptions()
    options.usesUnicode = false
    options.width = 100
    let text = try renderText(Self.family(), .text) { $0 = options }
    #expect(text.contains("2 processes"))
    #expect(text.contains("Processes, in seconds"))
    #expect(text.contains("10 python3 app.py (Python 3.11.7)"))
    #expect(text.contains("MainThread (10) in 10 python3 app.py"))
    #expect(text.allSatisfy { $0.isASCII })
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test func timelinesNameTheRightProcess() throws {
    let chrome = try renderText(Self.family(), .chrome)
    #expect(chrome.contains(#""python3 app.py""#))
    let firefox = try renderText(Self.family(), .firefox)
    #expect(firefox.contains(#""pid":"11""#))
  }

  @Test func aThreadOfNoProcessIsRefused() {
    var profile = Self.family()
    profile.threads[0].process = 2
    #expect(throws: ProfileInconsistency.process(thread: 0)) { try profile.checkConsistency() }
  }
}
