import ProfileModel
import RecordingFile
import SampleTypes

/// A profile with at least two of everything, odd values included.
func exampleProfile() -> Profile {
  var profile = Profile()
  profile.target.pid = 4242
  profile.target.command = "python3 train.py --name 'Müller 木'"
  profile.target.pythonVersion = "3.11.7"
  profile.target.isFreeThreaded = true
  profile.target.host = "bench"
  profile.recording.hyflameVersion = "0.1.0"
  profile.recording.startTime = 1_763_800_000_123_456_789
  profile.recording.duration = 60_000_000_001
  profile.recording.rate = 1000
  profile.recording.clock = "cycles"
  profile.recording.privileged = true
  profile.recording.recordsBlocked = true
  profile.recording.kernelVersion = "6.1.0"
  profile.recording.capture = .kernel
  profile.modules = [
    Module(path: "/usr/lib/libz.so.1", buildID: "00ff12"), Module(path: "[kernel]"),
  ]
  profile.functions = [
    Function(kind: .python, name: "Tree.fit.<locals>.<lambda>", file: "/app/tree.py", line: 12),
    Function(kind: .native, name: "deflate", module: 0),
    Function(kind: .native, name: "_PyEval_EvalFrameDefault", module: 0, isPlumbing: true),
    Function(kind: .kernel, name: "[kernel]", line: .max, module: 1),
  ]
  profile.frames = [
    Frame(function: 0, line: 14), Frame(function: 2, address: 0x7fff_ffff_ffff),
    Frame(function: 1, line: 3, address: 0x4f10, isInlined: true),
    Frame(function: 3, address: .max),
  ]
  profile.stacks = [
    StackNode(parent: -1, frame: 0), StackNode(parent: 0, frame: 1),
    StackNode(parent: 1, frame: 2), StackNode(parent: -1, frame: 3),
    StackNode(parent: 0, frame: 2),
  ]
  profile.processes = [
    ProcessDescription(pid: 4242, command: "python3 train.py", pythonVersion: "3.11.7"),
    ProcessDescription(pid: 4249, command: "sh -c \u{1b}[31m"),
  ]
  profile.threads = [
    Thread(pid: 4242, tid: 4242, name: "MainThread", isPython: true),
    Thread(pid: 4249, tid: 4250, name: "blas\u{1b}[31m", isPython: false, process: 1),
  ]
  profile.samples = everyKindOfSample()
  profile.ledger.expectedSamples = 150
  profile.ledger.lostSamples = 3
  profile.ledger.reasons = ["", "no CFI", "stack too deep"]
  for pause in [Int64(0), 15, 16, 40_000, 1_000_000] {
    profile.ledger.pauses.add(nanoseconds: pause)
  }
  profile.ledger.profilerCPU = 1_234_567
  profile.ledger.profilerPeakRSS = 42 << 20
  profile.ledger.stopCalls = StopCalls(counts: [0, 0, 0, 0, 700, 70, 0, 7])
  profile.ledger.processesSeen = 17
  profile.ledger.threadsSeen = 1 << 33
  profile.ledger.isComplete = true
  profile.ledger.notes = ["kernel frames are hidden"]
  profile.findUnknownGil()
  return profile
}

/// All combinations of the four states, on both threads, with usual and unusual weights.
private func everyKindOfSample() -> [Sample] {
  var samples: [Sample] = []
  var time: Int64 = -5
  for cpu in CPUState.allCases {
    // An unknown state is told by the reason, when the file is read.
    for gil in GilState.allCases where gil != .unknown {
      for source in SampleSource.allCases {
        for merge in MergeQuality.allCases {
          let number = samples.count
          time += 1_000_003
          samples.append(
            Sample(
              time: time, weight: number % 7 == 0 ? 0 : 1_000_000, thread: Int32(number % 2),
              stack: Int32(number % 6) - 1, cpu: cpu, gil: gil, source: source, merge: merge,
              reason: merge == .exact ? 0 : UInt16(number % 3)))
        }
      }
    }
  }
  return samples
}

extension RecordingWriter {
  /// Adds the tables, which must not hold duplicates, and `samples`.
  func add(tablesOf profile: Profile) {
    setTarget(profile.target)
    setRecording(profile.recording)
    for module in profile.modules { _ = add(module: module) }
    for function in profile.functions { _ = add(function: function) }
    for frame in profile.frames { _ = add(frame: frame) }
    for stack in profile.stacks { _ = add(stack: stack) }
    for process in profile.processes { _ = add(process: process) }
    for thread in profile.threads { _ = add(thread: thread) }
    setLedger(profile.ledger)
  }
}

/// Writes `profile` with a flush after every `samplesPerFlush` samples.
func write(_ profile: Profile, to path: String, samplesPerFlush: Int = .max) throws {
  let writer = try RecordingWriter(path: path, overwrite: false)
  writer.add(tablesOf: profile)
  for (index, sample) in profile.samples.enumerated() {
    writer.append(sample: sample)
    if (index + 1) % samplesPerFlush == 0 { try writer.flush() }
  }
  try writer.close()
}
