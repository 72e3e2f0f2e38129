import Foundation
import ProfileModel
import Support
import Testing

/// `record -s`: a family of processes in one recording, and each as if it had been recorded alone.
extension RealProcessTests {
  @Suite(.serialized) struct ChildrenTests {
    /// Every worker is there under its pid and command, with the time that it says it burned.
    @Test(arguments: ["fork", "spawn", "forkserver"], [Recorded.Way.stop, .kernel])
    func pools(_ method: String, _ way: Recorded.Way) throws {
      let python = try TestedPython.any()
      let recorded = try Recorded(
        python, "processes.py", ["--how", "pool", "--method", method], way: way, options: ["-s"])
      try Self.expectWorkers(recorded, count: 3, way)
      let profile = recorded.profile
      let own = profile.running.filter { profile.names(of: $0).contains("parent_work") }
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      #expect(abs(profile.seconds(own) / seconds - 1) < 0.1, "\(profile.seconds(own)) s")
      #expect(Set(own.map { profile.pid(of: $0) }) == [profile.target.pid])
    }

    @Test(arguments: [Recorded.Way.stop, .kernel])
    func preforkServer(_ way: Recorded.Way) throws {
      let recorded = try Recorded(
        TestedPython.any(), "processes.py", ["--how", "prefork", "--workers", "4"], way: way,
        options: ["-s"])
      try Self.expectWorkers(recorded, count: 4, way)
      // Ended by the server's own SIGTERM, each of them.
      #expect(recorded.truth["statuses"] as? [Int] == [15, 15, 15, 15])
    }

    private static func expectWorkers(
      _ recorded: Recorded, count: Int, _ way: Recorded.Way
    ) throws {
      let profile = recorded.profile
      let function = try #require(recorded.truth["function"] as? String)
      let version = try #require(recorded.truth["python"] as? String)
      let workers = try #require(recorded.truth["workers"] as? [[String: Any]])
      #expect(workers.count <= count)
      for worker in workers {
        let pid = Int32(try #require(worker["pid"] as? Int))
        let seconds = try #require(worker["cpu_s"] as? Double)
        let process = try #require(profile.processes.first { $0.pid == pid })
        #expect(process.command.contains("python"))
        #expect(process.pythonVersion == version)
        let samples = profile.running.filter {
          profile.pid(of: $0) == pid && profile.names(of: $0).contains(function)
        }
        let found = profile.seconds(samples)
        print("worker \(pid): \(found) s recorded of \(seconds) s; \(profile.reasons(samples))")
        #expect(abs(found - seconds) < max(0.1 * seconds, 0.03), "\(found) s, \(seconds) s true")
        #expect(profile.share(exact: samples, way) > 0.97, "\(profile.reasons(samples))")
      }
      #expect(profile.ledger.processesSeen >= Int64(workers.count) + 1)
    }

    /// A child that was there before the recorder came, and runs another Python.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func otherVersionThatWasThere(_ way: Recorded.Way) throws {
      let (new, old) = try (
        TestedPython.version(12).interpreter(), TestedPython.version(9).interpreter()
      )
      let recorded = try Recorded(
        new, "two_pythons.py", ["--other", old.path], way: way, options: ["-s"])
      let profile = recorded.profile
      let child = try #require(recorded.truth["child"] as? [String: Any])
      for (function, truth) in [("parent_work", recorded.truth), ("child_work", child)] {
        let samples = profile.running.filter { profile.names(of: $0).contains(function) }
        let seconds = try #require(truth["cpu_s"] as? Double)
        #expect(abs(profile.seconds(samples) / seconds - 1) < 0.1, "\(profile.seconds(samples)) s")
        #expect(profile.share(exact: samples, way) > 0.97, "\(profile.reasons(samples))")
        let processes = Set(samples.map { profile.threads[Int($0.thread)].process })
        #expect(processes.count == 1)
        let process = try #require(processes.first)
        #expect(profile.processes[Int(process)].pythonVersion == truth["python"] as? String)
      }
    }

    /// A forked child that becomes another Python: its first life is a copy of its parent, and then
    /// nothing of that holds any more.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func childBecomesAnotherPython(_ way: Recorded.Way) throws {
      let (new, old) = try (
        TestedPython.version(12).interpreter(), TestedPython.version(9).interpreter()
      )
      let recorded = try Recorded(
        new, "processes.py", ["--how", "exec", "--other", old.path], way: way, options: ["-s"])
      #expect(recorded.truth["status"] as? Int == 0)
      let profile = recorded.profile
      for (function, key) in [("before_exec", "before"), ("other_work", "after")] {
        let truth = try #require(recorded.truth[key] as? [String: Any])
        let seconds = try #require(truth["cpu_s"] as? Double)
        let samples = profile.running.filter { profile.names(of: $0).contains(function) }
        print("exec in a child, \(function): \(profile.seconds(samples)) s of \(seconds) s")
        #expect(abs(profile.seconds(samples) / seconds - 1) < 0.1)
        #expect(Set(samples.map { Int(profile.pid(of: $0)) }) == [truth["pid"] as? Int])
        #expect(profile.share(exact: samples, way) > 0.97, "\(profile.reasons(samples))")
      }
      let process = try #require(profile.processes.last)
      #expect(process.pythonVersion.hasPrefix("3.9"))
      #expect(process.command.contains(old.path))
    }

    /// 200 children a second: all counted, none harmed, and the recorder stays as it was.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func storm(_ way: Recorded.Way) throws {
      let target = try TestProgram(
        TestedPython.any(), "processes.py", ["--how", "storm", "--seconds", "4"])
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: output, ["-s", "-r", "1000", "--capture", way.rawValue])
      try target.go()
      usleep(1_000_000)
      let early = OwnUse(of: hyflame.pid)
      usleep(2_000_000)
      let late = OwnUse(of: hyflame.pid)
      let truth = try target.truth()
      #expect(target.wait() == 0)
      let result = hyflame.wait()
      if way == .kernel, result.status == 3 { try Test.cancel("not permitted: \(result.errors)") }
      #expect(result.status == 0, "\(result.errors)")
      #expect(truth["wrong"] as? Int == 0)
      let children = try ["trues", "pythons"].map { try #require(truth[$0] as? Int) }
      let profile = try Profile(recordedAt: output)
      print(
        "storm, \(way): \(children) children, \(profile.ledger.processesSeen) processes seen,"
          + " \(profile.processes.count) with samples; \(early), \(late); \(profile.ledger.notes)")
      #expect(children.reduce(0, +) > 200)
      #expect(profile.ledger.processesSeen == Int64(children.reduce(1, +)))
      #expect(late.descriptors < early.descriptors + 40 && late.descriptors < 400)
      #expect(late.residentKilobytes < early.residentKilobytes + 40_000)
    }
  }
}

/// What a process has of the machine.
struct OwnUse {
  var descriptors: Int
  var residentKilobytes: Int

  init(of pid: Int32) {
    let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")
    descriptors = files?.count ?? -1
    let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    residentKilobytes = line.flatMap { Int($0.filter(\.isNumber)) } ?? -1
  }
}

extension Profile {
  func pid(of sample: Sample) -> Int32 { threads[Int(sample.thread)].pid }
}
