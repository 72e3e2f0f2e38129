import Foundation
import ProfileModel
import RecordingFile
import Support

/// A program that was recorded while it worked, with what it says of itself.
struct Recorded {
  /// What it said before and after.
  let ready: [String: Any]
  let truth: [String: Any]
  let profile: Profile

  /// Records `program` from before it works until it ends.
  init(
    _ interpreter: Interpreter, _ program: String, _ arguments: [String] = [], rate: Int = 1000,
    options: [String] = []
  ) throws {
    let target = try TestProgram(interpreter, program, arguments)
    let output = try temporaryPath("hyflame.data")
    let hyflame = try HyflameProcess.attach(
      to: target.pid, output: output, ["-r", "\(rate)"] + options)
    ready = target.ready
    truth = try target.run()
    let status = target.wait()
    let result = hyflame.wait()
    guard status == 0 else { throw Failure.program(status: status) }
    guard result.status == 0 else { throw Failure.hyflame(result.status, result.errors) }
    profile = try RecordingReader.read(path: output)
  }

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

  func share(exact samples: [Sample]) -> Double {
    Double(samples.filter { $0.merge == .exact }.count) / Double(max(samples.count, 1))
  }
}

extension Profile {
  init(recordedAt path: String) throws {
    self = try RecordingReader.read(path: path)
  }
}
