import Foundation
import ProfileModel
import RecordingFile
import Support
import Testing

/// A program that was recorded while it worked, with what it says of itself.
struct Recorded {
  /// What it said before and after.
  let ready: [String: Any]
  let truth: [String: Any]
  let profile: Profile
  /// Seconds that the host of a virtual machine took meanwhile: so much may be too much in the profile.
  let stolen: Double

  /// How samples are taken.
  enum Way: String, CaseIterable, Sendable {
    case auto
    case kernel
    case stop
    case read
  }

  /// Records `program` from before it works until it ends. Cancels the test case, and says so, where
  /// samples cannot be taken this way.
  init(
    _ interpreter: Interpreter, _ program: String, _ arguments: [String] = [], rate: Int = 1000,
    way: Way = .auto, options: [String] = []
  ) throws {
    try self.init(
      TestProgram(interpreter, program, arguments),
      ["-r", "\(rate)", "--capture", way.rawValue] + options,
      isOptional: way == .kernel)
  }

  /// Records a program that is ready to work until it ends. `isOptional` cancels the test case where
  /// that is not permitted.
  init(_ target: TestProgram, _ options: [String], isOptional: Bool = false) throws {
    let output = try temporaryPath("hyflame.data")
    let hyflame = try HyflameProcess.attach(
      to: target.pid, output: output, options)
    ready = target.ready
    let stolenTime = StolenTime()
    truth = try target.run()
    let status = target.wait()
    stolen = stolenTime.seconds
    let result = hyflame.wait()
    if isOptional, result.status == Self.notPermitted {
      try Test.cancel("samples in the kernel are not permitted here: \(result.errors)")
    }
    guard status == 0 else { throw Failure.program(status: status) }
    guard result.status == 0 else { throw Failure.hyflame(result.status, result.errors) }
    profile = try RecordingReader.read(path: output)
  }

  private static let notPermitted: Int32 = 3

  enum Failure: Error {
    case program(status: Int32)
    case hyflame(Int32, String)
  }
}

extension Profile {
  /// Names of a sample's frames, outermost first.
  func names(of sample: Sample) -> [String] {
    functions(of: sample).map(\.name)
  }

  func functions(of sample: Sample) -> [Function] {
    var result: [Function] = []
    var node = sample.stack
    while node >= 0 {
      result.append(functions[Int(frames[Int(stacks[Int(node)].frame)].function)])
      node = stacks[Int(node)].parent
    }
    return result.reversed()
  }

  /// Samples of time on the CPU.
  var running: [Sample] { samples.filter { $0.cpu == .running } }

  func seconds(_ samples: [Sample]) -> Double {
    Double(samples.reduce(0) { $0 + $1.weight }) / 1e9
  }

  /// True where Python was read after the sampled instant, and nothing was found that contradicts it.
  func isUnproven(_ sample: Sample) -> Bool {
    sample.merge == .partial
      && ledger.reasons[Int(sample.reason)].hasPrefix("Python was read after the sampled instant")
  }

  /// The share of exact samples; with stops, of those that are taken at one: ticks in the kernel are read
  /// later (Docs/Capture.md).
  func share(exact samples: [Sample], _ way: Recorded.Way) -> Double {
    share(exact: way == .stop ? samples.filter { $0.source == .userTick } : samples)
  }

  func share(exact samples: [Sample]) -> Double {
    Double(samples.filter { $0.merge == .exact }.count) / Double(max(samples.count, 1))
  }
}

extension Profile {
  init(recordedAt path: String) throws {
    self = try RecordingReader.read(path: path)
  }
}
