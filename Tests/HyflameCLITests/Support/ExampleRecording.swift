import Glibc
import ProfileModel
import RecordingFile
import SampleTypes

extension WorkingDirectory {
  /// Writes a recording of 3 s: 2 s in `crunch` with the GIL released below `fit`, 1 s in `fit`;
  /// all but one of `nativeOf` samples are in `crunch`. `source`: the file of `fit`.
  func writeRecording(
    _ name: String, isClosed: Bool = true, samplesPerFlush: Int = .max, rate: Int32 = 100,
    nativeOf: Int = 3, source: String = "/app/model.py", host: String = "",
    cpu: CPUState = .running, isWholeRun: Bool = false, startTime: Int64 = 0,
    reader: TargetDescription.Reader? = .init(user: geteuid(), group: getegid(), groups: [])
  ) throws {
    let writer = try RecordingWriter(path: file(name), overwrite: false)
    var target = TargetDescription()
    target.pid = 4242
    target.command = "python3 train.py"
    target.pythonVersion = "3.11.7"
    target.host = host
    target.reader = reader
    writer.setTarget(target)
    var recording = RecordingDescription()
    recording.duration = 3_000_000_000
    recording.rate = rate
    recording.startTime = startTime
    (recording.isLaunched, recording.endsWithTarget) = (isWholeRun, isWholeRun)
    writer.setRecording(recording)

    let library = writer.add(module: Module(path: "/usr/lib/libcrunch.so.1"))
    let fit = writer.add(
      function: Function(kind: .python, name: "Model.fit", file: source, line: 7))
    let crunch = writer.add(function: Function(kind: .native, name: "crunch", module: library))
    let fitFrame = writer.add(frame: Frame(function: fit, line: 9))
    let crunchFrame = writer.add(frame: Frame(function: crunch, address: 0x10))
    let fitStack = writer.add(stack: StackNode(parent: -1, frame: fitFrame))
    let crunchStack = writer.add(stack: StackNode(parent: fitStack, frame: crunchFrame))
    let thread = writer.add(thread: Thread(pid: 1, tid: 1, name: "MainThread", isPython: true))
    for index in 0..<300 {
      let isNative = index % nativeOf != 0
      writer.append(
        sample: Sample(
          time: Int64(index) * 10_000_000, weight: 10_000_000, thread: thread,
          stack: isNative ? crunchStack : fitStack, cpu: cpu,
          gil: isNative ? .released : .held, source: .userTick, merge: .exact))
      if (index + 1) % samplesPerFlush == 0 { try writer.flush() }
    }
    if isClosed { try writer.close() } else { try writer.flush() }
  }
}
