public import ProfileModel
import SampleTypes

extension Profile {
  /// A long recording: `samples` samples at 1 kHz of 8 threads, in 20,000 nodes of stacks up to 60
  /// frames deep of 3,000 functions. As in a program that runs, a stack mostly goes on from the one
  /// before; one of ten samples is somewhere else.
  public static func long(seed: UInt64 = 1, samples: Int = 1_000_000) -> Profile {
    var numbers = SeededNumbers(seed: seed)
    var profile = Profile()
    profile.target.command = "python3 long.py"
    profile.target.pid = 4242
    profile.recording.rate = 1000
    profile.recording.recordsBlocked = true
    profile.ledger.isComplete = true
    profile.ledger.expectedSamples = Int64(samples)
    profile.modules = (0..<20).map {
      Module(path: "/usr/lib/lib\($0).so.1", buildID: "abcdef\($0)")
    }
    for index in 0..<3000 as Range<Int32> {
      let isPython = index % 3 == 0
      profile.functions.append(
        isPython
          ? Function(
            kind: .python, name: "Class\(index % 50).method_\(index)",
            file: "/srv/app/package/module\(index % 40).py", line: index)
          : Function(
            kind: .native, name: "library::function_\(index)(int, char const*)",
            module: index % 20))
      profile.frames.append(
        Frame(
          function: index, line: isPython ? index + 5 : 0,
          address: isPython ? 0 : UInt64(index) * 64))
    }
    var depths: [Int] = []
    for index in 0..<20_000 as Range<Int32> {
      let parent = index < 4 ? -1 : Int32.random(in: max(0, index - 400)..<index, using: &numbers)
      let isDeep = parent >= 0 && depths[Int(parent)] >= 60
      profile.stacks.append(
        StackNode(
          parent: isDeep ? -1 : parent, frame: Int32.random(in: 0..<3000, using: &numbers)))
      depths.append(isDeep || parent < 0 ? 1 : depths[Int(parent)] + 1)
    }
    profile.threads = (0..<8).map {
      Thread(pid: 4242, tid: 4242 + $0, name: "worker-\($0)", isPython: $0 < 6)
    }
    var places = Array(repeating: Int32(0), count: 8)
    for index in 0..<samples {
      let thread = index % 8
      if Int.random(in: 0..<10, using: &numbers) == 0 {
        places[thread] = Int32.random(in: 0..<20_000, using: &numbers)
      } else {
        let step = Int32.random(in: -3...3, using: &numbers)
        places[thread] = min(max(places[thread] + step, 0), 19_999)
      }
      let gil: GilState =
        thread >= 6 ? .none : [.held, .released, .waiting][Int(places[thread] % 3)]
      profile.samples.append(
        Sample(
          time: Int64(index / 8) * 1_000_000 + Int64(thread) * 1000 + 1_000_000, weight: 1_000_000,
          thread: Int32(thread), stack: places[thread], cpu: gil == .waiting ? .blocked : .running,
          gil: gil, source: .userTick, merge: .exact))
    }
    profile.recording.duration = Int64(samples / 8) * 1_000_000
    return profile
  }
}
