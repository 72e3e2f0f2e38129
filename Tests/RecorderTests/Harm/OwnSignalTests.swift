import Foundation
import ProfileModel
import Support
import Testing

/// Signals are the target's: none of its own is lost, and none of the recorder's comes to it, whatever becomes of
/// the recorder and whatever the target does with the signals that a recorder may use.
extension RealProcessTests {
  @Suite(.serialized) struct OwnSignalTests {
    private static func target(_ mode: String) throws -> TestProgram {
      let program: String
      do { program = try TestProgram.build("signal_owner") } catch {
        try Test.cancel("signal_owner.c cannot be built here: \(error)")
      }
      return try TestProgram(Interpreter(path: program), "signal_owner/signal_owner.c", [mode])
    }

    private static func attach(
      _ target: TestProgram, _ way: Recorded.Way, _ options: [String]
    ) throws -> HyflameProcess {
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: try temporaryPath("hyflame.data"),
        ["--native-only", "--capture", way.rawValue] + options)
      guard hyflame.isRunning else {
        try Test.cancel("\(way) is not permitted here: \(hyflame.wait().errors)")
      }
      return hyflame
    }

    private static func truth(_ target: TestProgram) throws -> [String: Int] {
      try target.go()
      let truth = try target.truth().compactMapValues { $0 as? Int }
      #expect(target.wait() == 0)
      return truth
    }

    /// A recorder that dies while it serves a stop takes the signal with it, unless it has only looked.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func aKilledRecorderTakesNone(_ way: Recorded.Way) throws {
      var instants = SeededNumbers(seed: 3)
      let target = try Self.target("own")
      try target.go()
      for _ in 0..<40 {
        let hyflame = try Self.attach(target, way, ["-r", "100"])
        usleep(UInt32.random(in: 0...20_000, using: &instants))
        hyflame.signal(SIGKILL)
        #expect(hyflame.wait().status == 128 + SIGKILL)
      }
      let truth = try Self.truth(target)
      print("killed beside signals of the target's own, \(way): \(truth)")
      #expect(truth["sent"] ?? 0 > 1000)
      #expect(truth["lost"] == 0)
    }

    /// A thread blocks the signal of its ticks while it is recorded, and reads it from a descriptor. The kernel
    /// queues what was allowed, two ticks, and nothing after them; samples go on without a stop.
    @Test func aTickIsNotTaken() throws {
      let target = try Self.target("taken")
      let output = try temporaryPath("hyflame.data")
      let hyflame = try HyflameProcess.attach(
        to: target.pid, output: output, ["--native-only", "--capture", "stop", "-r", "1000"])
      try target.go()
      usleep(4_000_000)
      hyflame.signal(SIGINT)
      #expect(hyflame.wait().status == 0)
      let truth = try Self.truth(target)
      let profile = try Profile(recordedAt: output)
      let last = (profile.running.map(\.time).max() ?? 0) - (profile.samples.map(\.time).min() ?? 0)
      print("blocked while recorded: \(truth), last sample at \(last) ns; \(profile.ledger.notes)")
      #expect(truth["foreign"] ?? 99 <= 2, "\(truth)")
      #expect(last > 2_500_000_000)
      #expect(profile.ledger.notes.contains { $0.contains("without a stop") })
    }

    /// Handlers that are installed while a program is recorded never run for a tick; once its recorder is killed,
    /// for two at most, and none where there was time to notice them.
    @Test func handlersOfTheTarget() throws {
      for pause in [UInt32(2000), 5000, 10_000, 600_000] {
        let target = try Self.target("handled")
        let hyflame = try Self.attach(target, .stop, ["-r", "2000"])
        try target.go()
        usleep(pause)
        hyflame.signal(SIGKILL)
        _ = hyflame.wait()
        usleep(100_000)
        let truth = try Self.truth(target)
        print("handled while recorded, killed \(pause) µs later: \(truth)")
        #expect(truth["foreign"] ?? 99 <= (pause < 100_000 ? 2 : 0), "\(truth)")
      }
    }
  }
}
