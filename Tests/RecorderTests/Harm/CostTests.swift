import Foundation
import ProfileModel
import SampleTypes
import Support
import Testing

/// What a sample in the kernel takes from the target is bounded, whatever the target has in its memory; what is
/// left out for that reason is said.
extension RealProcessTests {
  @Suite(.serialized) struct CostTests {
    private static let rate = 1000

    private static func record(
      _ interpreter: Interpreter, _ arguments: [String]
    ) throws -> (profile: Profile, seconds: Double) {
      let recorded = try Recorded(
        interpreter, "costly.py", arguments, rate: rate, way: .kernel)
      return (recorded.profile, try #require(recorded.truth["cpu_s"] as? Double))
    }

    /// An eighth of the thread's time and 0.8 ms each are allowed, where 20,000 levels took more than a whole period at
    /// 1 kHz. A busy machine may take the CPU away in the middle of one, but not of many.
    private static func checkCost(_ profile: Profile, _ seconds: Double) {
      let pauses = profile.ledger.pauses
      let share = Double(pauses.total) / 1e9 / seconds
      print(
        "cost: p99 \(pauses.quantile(0.99) / 1000) µs, longest \(pauses.longest / 1000) µs,"
          + " \(share * 100) % of the thread; \(profile.reasons(profile.running))")
      #expect(pauses.quantile(0.9) < 900_000)
      #expect(pauses.quantile(0.99) < 1_000_000)
      #expect(share < 0.2)
    }

    @Test(arguments: [TestedPython.version(8), .version(10), .version(12)])
    func deepRecursion(_ python: TestedPython) throws {
      let (profile, seconds) = try Self.record(python.interpreter(), ["deep"])
      Self.checkCost(profile, seconds)
      let working = profile.running.filter { profile.names(of: $0).contains("down") }
      #expect(abs(profile.seconds(working) / seconds - 1) < 0.1)
      // No sample claims to be whole that is not.
      for sample in working where sample.merge == .exact {
        #expect(profile.names(of: sample).count { $0 == "down" } > 20_000)
      }
      // The innermost frames are there in any case.
      let inWork = working.filter { profile.names(of: $0).contains("work") }
      #expect(profile.seconds(inWork) > 0.9)
    }

    /// A deep stack takes some 50 µs to copy, up to 3.10 for each of its frames. A thread that leaves the CPU thousands of
    /// times a second is kept for an eighth of its time; of the other absences nothing is copied, and that is said.
    @Test func deepStackThatLeavesOften() throws {
      let recorded = try Recorded(
        TestedPython.version(10).interpreter(), "costly.py",
        ["naps", "--levels", "900", "--seconds", "3"], rate: 200, way: .kernel)
      let profile = recorded.profile
      let seconds = try #require(recorded.truth["elapsed_s"] as? Double)
      let count = try #require(recorded.truth["count"] as? Int)
      let pauses = profile.ledger.pauses
      let share = Double(pauses.total) / 1e9 / seconds
      let note = try #require(
        profile.ledger.notes.first { $0.contains("where a thread left the CPU") })
      let passed = try #require(Int(note.prefix { $0.isNumber }))
      print("naps: \(count), \(passed) not copied; \(share * 100) % of the time")
      // Ticks come on top, an eighth of the little that the thread is on the CPU.
      #expect(share > 0.05 && share < 0.16)
      #expect(passed > count / 4 && passed < count)
      let off = profile.samples.filter { $0.cpu != .running }
      let whole = off.filter { profile.names(of: $0).contains("naps") }
      #expect(!whole.isEmpty && whole.count < off.count)
    }

    @Test(arguments: ["endless", "faulting"])
    func falseListOfThreadStates(_ kind: String) throws {
      let (profile, seconds) = try Self.record(TestedPython.any(), [kind])
      Self.checkCost(profile, seconds)
      #expect(abs(profile.seconds(profile.running) / seconds - 1) < 0.25)
      // What was not found is not taken for a thread that does without the GIL.
      for sample in profile.running where sample.gil == .released {
        #expect(
          profile.names(of: sample).contains { $0 == "work" || $0 == "main" || $0 == "<module>" })
      }
    }

    /// More thread states than the program in the kernel can look through in its time.
    @Test(arguments: [TestedPython.version(8), .version(11), .version(13)])
    func thousandsOfThreadStates(_ python: TestedPython) throws {
      let recorded = try Recorded(
        python.interpreter(), "many_threads.py", ["--threads", "4300", "--seconds", "2"],
        rate: 200, way: .kernel)
      let profile = recorded.profile
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      let busy = profile.running.filter { profile.names(of: $0).contains("busy_main") }
      let held = busy.filter { $0.gil == .held }
      print(
        "4,300 thread states, \(python.name): \(profile.seconds(held)) s of \(seconds) s held;"
          + " \(profile.reasons(profile.running))")
      #expect(profile.seconds(busy) > 0.9 * seconds && profile.seconds(busy) < 1.1 * seconds)
      #expect(profile.seconds(held) > 0.9 * seconds)
    }

    /// Ticks that fell due while the program ran where the thread left the CPU are not the thread's: they are
    /// left out, as many as that took.
    @Test func ownWorkIsLeftOut() throws {
      let (profile, seconds) = try Self.record(TestedPython.any(), ["sleeps", "--seconds", "2"])
      let note = try #require(profile.ledger.notes.first { $0.contains("hyflame's own work") })
      let own = try #require(Double(note.prefix { $0.isNumber }))
      let expected = Double(profile.ledger.pauses.total) / 1e9 * Double(Self.rate)
      print("own work: \(own) ticks of \(expected), in \(seconds) s")
      #expect(abs(own - expected) < 5 * expected.squareRoot() + 0.3 * expected)
    }

    /// Without time off the CPU nothing is done where threads leave it, and nothing is said to be missing but that.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func withoutTimeOffTheCPU(_ way: Recorded.Way) throws {
      let recorded = try Recorded(
        TestedPython.any(), "costly.py", ["sleeps"], rate: Self.rate, way: way,
        options: ["--no-off-cpu"])
      let profile = recorded.profile
      let seconds = try #require(recorded.truth["cpu_s"] as? Double)
      #expect(!profile.recording.recordsBlocked && profile.recording.privileged)
      #expect(profile.samples.allSatisfy { $0.cpu == .running })
      // The clock of an event stands still for a part of each switch: the thread's own says more.
      let expected = Double(profile.ledger.expectedSamples)
      let count = Double(profile.samples.count)
      #expect(expected > 0.4 * seconds * Double(Self.rate))
      let bar = 5 * expected.squareRoot() + 0.06 * expected
      // With stops, the ticks of the kernel and of user code are two events, each deaf to the other's time. What falls
      // due while the thread leaves the CPU comes 10 µs after it is back (perf_swevent_start_hrtimer), when this
      // program mostly is in user code again: a fifth of its time has no sample.
      let deaf = way == .stop ? 0.15 * expected : 0
      #expect(count < expected + bar && count > expected - bar - deaf)
      #expect(!profile.ledger.notes.contains { $0.contains("where threads left the CPU") })
    }
  }
}
