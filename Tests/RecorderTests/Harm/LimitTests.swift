import Foundation
import ProfileModel
import Support
import Testing

/// More of everything than a usual program has: the recorder's memory and descriptors stay within what
/// Docs/Permissions.md says, nobody is hurt, and the file can be read.
extension RealProcessTests {
  @Suite(.serialized) struct LimitTests {
    /// 2,000 threads at a time, which all work.
    @Test(arguments: [Recorded.Way.stop, .kernel])
    func manyThreads(_ way: Recorded.Way) throws {
      let crowd = try Watched(
        "crowd.py", ["--threads", "2000", "--seconds", "0.002", "--spread", "2"], way)
      #expect(crowd.truth["wrong"] as? Int == 0)
      #expect(crowd.profile.ledger.threadsSeen >= 2001)
      // Three of each thread, and the reserve.
      #expect(crowd.descriptors < 3 * 2001 + 300, "\(crowd.descriptors)")
      #expect(crowd.residentKilobytes < 300_000, "\(crowd.residentKilobytes) KiB")
      let seconds = try #require(crowd.truth["cpu_s"] as? Double)
      let work = crowd.profile.running.filter { crowd.profile.names(of: $0).contains("crowd_work") }
      #expect(crowd.profile.seconds(work) > 0.5 * seconds, "\(crowd.profile.seconds(work)) s")
    }

    /// 500 children at a time.
    @Test(arguments: [Recorded.Way.kernel])
    func manyProcesses(_ way: Recorded.Way) throws {
      let crowd = try Watched(
        "crowd.py", ["--processes", "500", "--seconds", "0.005", "--spread", "2"], way, ["-s"])
      #expect(crowd.truth["wrong"] as? Int == 0)
      #expect(crowd.profile.ledger.processesSeen == 501)
      #expect(crowd.descriptors < 8 * 501 + 300, "\(crowd.descriptors)")
      #expect(crowd.residentKilobytes < 500_000, "\(crowd.residentKilobytes) KiB")
      let pids = Set(crowd.profile.running.map { crowd.profile.pid(of: $0) })
      #expect(pids.count > 250, "samples of \(pids.count) processes")
    }

    /// 10,000 threads a minute, for as long as 1,500 take.
    @Test(arguments: [Recorded.Way.stop])
    func manyShortThreads(_ way: Recorded.Way) throws {
      let crowd = try Watched(
        "threads_churn.py", ["--threads", "1500", "--seconds", "0.002"], way)
      #expect(crowd.truth["threads"] as? Int == 1500)
      #expect(crowd.profile.ledger.threadsSeen == 1501)
      #expect(crowd.descriptors < 200, "\(crowd.descriptors)")
      #expect(crowd.residentKilobytes < 150_000, "\(crowd.residentKilobytes) KiB")
      let wall = try #require(crowd.truth["wall_s"] as? Double)
      print("\(Int(1500 / wall * 60)) threads a minute")
    }

    /// A recording whose recorder was watched.
    private struct Watched {
      let truth: [String: Any]
      let profile: Profile
      /// The most that it had.
      private(set) var descriptors = 0
      private(set) var residentKilobytes = 0

      init(
        _ program: String, _ arguments: [String], _ way: Recorded.Way, _ options: [String] = []
      ) throws {
        let target = try TestProgram(TestedPython.any(), program, arguments)
        let output = try temporaryPath("hyflame.data")
        let hyflame = try HyflameProcess.attach(
          to: target.pid, output: output, ["-r", "1000", "--capture", way.rawValue] + options)
        try target.go()
        // Its last line comes before its end.
        while target.isRunning, hyflame.isRunning {
          let use = OwnUse(of: hyflame.pid)
          descriptors = max(descriptors, use.descriptors)
          residentKilobytes = max(residentKilobytes, use.residentKilobytes)
          usleep(100_000)
        }
        truth = try target.truth()
        #expect(target.wait() == 0)
        let result = hyflame.wait()
        if way == .kernel, result.status == 3 {
          try Test.cancel("samples in the kernel are not permitted here: \(result.errors)")
        }
        #expect(result.status == 0, "\(result.errors)")
        profile = try Profile(recordedAt: output)
        print(
          "\(program) \(arguments), \(way): \(descriptors) descriptors, \(residentKilobytes) KiB,"
            + " \(profile.samples.count) samples of \(profile.ledger.expectedSamples),"
            + " \(profile.ledger.lostSamples) lost; \(profile.ledger.notes)")
        #expect(profile.ledger.isComplete)
      }
    }
  }
}
