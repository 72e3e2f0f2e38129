import Foundation
import ProfileModel
import SampleTypes
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

  /// Six workers of a pool, and the program that started them.
  private static func pool(_ command: (_ worker: Int) -> String) -> Profile {
    var build = ProfileBuilding()
    build.sample(build.thread("MainThread", tid: 10), "serve (app.py:1@1)", .held)
    build.profile.processes = [
      ProcessDescription(pid: 10, command: "python3 app.py", pythonVersion: "3.11.7")
    ]
    for worker in 1...6 {
      let thread = build.thread("MainThread", tid: Int32(10 + worker))
      build.sample(thread, "work (app.py:9@9)", .held, count: worker)
      build.profile.threads[worker].process = Int32(worker)
      build.profile.threads[worker].pid = Int32(10 + worker)
      build.profile.processes.append(
        ProcessDescription(
          pid: Int32(10 + worker), command: command(worker), pythonVersion: "3.11.7"))
    }
    build.profile.target.pid = 10
    build.profile.target.command = "python3 app.py"
    return build.profile
  }

  /// Equal command lines are one tower and one row, unless each process is asked for.
  @Test func equalCommandLinesAreFolded() throws {
    let profile = Self.pool { _ in "python worker.py" }
    let folded = foldedStacks(try renderText(profile, .folded))
    #expect(
      folded == [
        "process 10 python3 app.py;serve (app.py:1)": 10000,
        "6 × python worker.py;work (app.py:9)": 210_000,
      ])
    let text = try renderText(profile, .text)
    #expect(text.contains("6 × python worker.py (Python 3.11.7; 11, 12, 13, …)\n"))
    let split = foldedStacks(try renderText(profile, .folded) { $0.splitsByProcess = true })
    #expect(split.count == 7)
    for worker in 1...6 {
      #expect(split["process \(10 + worker) python worker.py;work (app.py:9)"] == worker * 10000)
    }
    let rows = try renderText(profile, .text) { $0.splitsByProcess = true }
      .split(separator: "\n").filter { $0.contains("python worker.py (Python 3.11.7)") }
    #expect(rows.count == 6)
  }

  /// The numbers in what `multiprocessing` starts its workers with tell nobody anything.
  @Test func workersOfMultiprocessingAreAlike() throws {
    let profile = Self.pool {
      "python3 -c from multiprocessing.spawn import spawn_main; "
        + "spawn_main(tracker_fd=5, pipe_handle=\($0 * 7)) --multiprocessing-fork"
    }
    let folded = foldedStacks(try renderText(profile, .folded))
    #expect(folded.count == 2)
    #expect(folded.keys.contains { $0.hasPrefix("6 × python3 -c from multiprocessing.spawn") })
    // Numbers of other programs do tell them apart.
    let other = Self.pool { "python3 worker.py --port=\(8000 + $0)" }
    #expect(foldedStacks(try renderText(other, .folded)).count == 7)
  }

  /// No two rows of the tables are alike, however long the command lines that they share.
  @Test(arguments: [80, 120])
  func rowsAreToldApart(width: Int) throws {
    let start = String(repeating: "/opt/venv/bin", count: 20)
    let profile = Self.pool { "\(start)/python -m worker --shard \($0)" }
    for byProcess in [false, true] {
      let lines = try renderText(profile, .text) {
        $0.width = width
        $0.splitsByProcess = byProcess
      }.split(separator: "\n", omittingEmptySubsequences: false)
      for title in ["Processes, in seconds", "Threads, in seconds"] {
        let first = try #require(lines.firstIndex(of: Substring(title))) + 2
        let labels = lines[first...].prefix { !$0.isEmpty }.map { $0.dropFirst(9) }
        #expect(labels.count == 7 && Set(labels).count == 7, "\(labels)")
      }
    }
  }

  /// A wrapper that runs no Python itself is not "no Python found" where its child did, and processes
  /// are counted alike wherever they are.
  @Test func theHeadingKnowsTheChildren() throws {
    var profile = Self.family()
    profile.processes[0].pythonVersion = ""
    profile.target.command = "./run.sh"
    profile.target.pythonVersion = ""
    profile.samples.removeAll { $0.thread == 0 }
    profile.ledger.processesSeen = 4
    profile.ledger.threadsSeen = 9
    let text = try renderText(profile, .text)
    let head = text.split(separator: "\n").prefix(3).joined(separator: "\n")
    #expect(head.contains("pid 10 and its children: 1 of 4 processes with samples"))
    #expect(head.contains("Python 3.9.1") && !head.contains("no Python found"))
    #expect(head.contains("3 of 9 threads with samples"))
    #expect(text.contains("  1 more process without a sample that passes the filters"))
    let page = try renderText(profile, .html)
    #expect(page.contains("1 of 4 processes with samples · Python 3.9.1"))
  }

  /// A thread that ended before its name was read has its number, and unnamed native threads share a
  /// tower as other native threads of one name do.
  @Test func threadsWithoutAName() throws {
    var build = ProfileBuilding()
    build.sample(build.thread("", tid: 1465), "f (a.py:1)", .held)
    for tid in 1...3 {
      build.sample(build.thread("", tid: Int32(tid), isPython: false), "g [libblas.so]", .none)
    }
    let text = try renderText(build.profile, .text)
    #expect(text.contains("  thread 1465\n"))
    #expect(text.contains("  thread 2 (never ran Python)\n"))
    let folded = foldedStacks(try renderText(build.profile, .folded))
    #expect(folded == ["f (a.py:1)": 10000, "thread without a name;g (libblas.so)": 30000])
    let split = try renderText(build.profile, .folded) { $0.splitsByThread = true }
    #expect(foldedStacks(split).count == 4)
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
    #expect(text.contains("MainThread (10, process 10)"))
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
