// Writes made-up recordings, for the scripts that try the whole program on them:
//
//     TestRecordings app PATH       the program that Tests/Fixtures/formats holds in every format
//     TestRecordings random PATH    every kind of frame and state, recursion, stackless samples
//     TestRecordings long PATH      a million samples

import ProfileModel
import RecordingFile
import Support

let arguments = CommandLine.arguments
guard arguments.count == 3, let profile = profile(named: arguments[1]) else {
  fatalError("usage: TestRecordings app|random|long PATH")
}
let writer = try RecordingWriter(path: arguments[2], overwrite: true)
try writer.add(contentsOf: profile)
try writer.close()

func profile(named name: String) -> Profile? {
  switch name {
  case "app": FormatSamples.profile
  case "random": Profile.random(seed: 7, samples: 3000)
  case "long": Profile.long()
  default: nil
  }
}

extension RecordingWriter {
  /// Tables of a profile may hold equal rows; the writer makes them one.
  fileprivate func add(contentsOf profile: Profile) throws {
    setTarget(profile.target)
    setRecording(profile.recording)
    setLedger(profile.ledger)
    let modules = profile.modules.map { add(module: $0) }
    let functions = profile.functions.map { function in
      var function = function
      function.module = function.module < 0 ? -1 : modules[Int(function.module)]
      return add(function: function)
    }
    let frames = profile.frames.map { frame in
      var frame = frame
      frame.function = functions[Int(frame.function)]
      return add(frame: frame)
    }
    var stacks: [Int32] = []
    for node in profile.stacks {
      let parent = node.parent < 0 ? -1 : stacks[Int(node.parent)]
      stacks.append(add(stack: StackNode(parent: parent, frame: frames[Int(node.frame)])))
    }
    let threads = profile.threads.map { add(thread: $0) }
    for (index, sample) in profile.samples.enumerated() {
      var sample = sample
      sample.stack = sample.stack < 0 ? -1 : stacks[Int(sample.stack)]
      sample.thread = threads[Int(sample.thread)]
      append(sample: sample)
      if index % 100_000 == 99_999 { try flush() }
    }
  }
}
