public import ProfileModel
import SampleTypes

/// The made-up program that `Tests/Fixtures/formats` holds in every format, written by another hand:
/// 16 samples of 10 ms in two threads. MainThread: parse 4, longest_match 3, ksys_read 3; worker-0:
/// worker 4, parse 2. The GIL is held in 6, released in 6, waited for in 4.
public enum FormatSamples {
  public static let profile: Profile = {
    var build = Builder()
    let app = "/srv/app/app.py"
    let module = build.python("<module>", app, first: 1, line: 30)
    let main = build.python("main", app, first: 18, line: 21)
    let parse = build.python("parse", app, first: 6, line: 8)
    let compress = build.python("compress", app, first: 12, line: 14)
    let load = build.python("load", app, first: 10, line: 11)
    let threading = "/usr/lib/python3.13/threading.py"
    let run = build.python("Thread.run", threading, first: 1005, line: 1012)
    let worker = build.python("worker", app, first: 23, line: 25)
    let zlib = build.module(
      "/usr/lib/python3.13/lib-dynload/zlib.cpython-313-x86_64-linux-gnu.so",
      buildID: "00112233445566778899aabbccddeeff00112233")
    let libz = build.module(
      "/usr/lib/x86_64-linux-gnu/libz.so.1.2.13",
      buildID: "1f2e3d4c5b6a79881726354453627180aabbccdd")
    let kernel = build.module("[kernel.kallsyms]", buildID: "")
    let zlibCompress = build.native(
      "zlib_compress", zlib, "Modules/zlibmodule.c", line: 374, address: 0x2a10)
    let deflate = build.native("deflate", libz, "deflate.c", line: 763, address: 0x4f10)
    let slow = build.native("deflate_slow", libz, "deflate.c", line: 1921, address: 0x6120)
    let match = build.native(
      "longest_match", libz, "deflate.c", line: 1236, address: 0x6120, isInlined: true)
    let entry = build.kernel(
      "entry_SYSCALL_64_after_hwframe", kernel, address: 0xffff_ffff_81e0_0076)
    let read = build.kernel("ksys_read", kernel, address: 0xffff_ffff_8132_d6a0)

    build.thread("MainThread", tid: 4242)
    build.thread("worker-0", tid: 4250)
    build.samples(4, thread: 0, [module, main, parse], .held)
    build.samples(
      3, thread: 0, [module, main, compress, zlibCompress, deflate, slow, match], .released)
    build.samples(3, thread: 0, [module, main, load, entry, read], .released, cpu: .blocked)
    build.samples(4, thread: 1, [run, worker], .waiting, cpu: .blocked)
    build.samples(2, thread: 1, [run, worker, parse], .held)
    return build.finish()
  }()

  private struct Builder {
    private var profile = Profile()
    private var clocks: [Int64] = []

    mutating func python(_ name: String, _ file: String, first: Int32, line: Int32) -> Int32 {
      add(
        Function(kind: .python, name: name, file: file, line: first), Frame(function: 0, line: line)
      )
    }

    mutating func native(
      _ name: String, _ module: Int32, _ file: String, line: Int32, address: UInt64,
      isInlined: Bool = false
    ) -> Int32 {
      add(
        Function(kind: .native, name: name, file: file, module: module),
        Frame(function: 0, line: line, address: address, isInlined: isInlined))
    }

    mutating func kernel(_ name: String, _ module: Int32, address: UInt64) -> Int32 {
      add(
        Function(kind: .kernel, name: name, module: module), Frame(function: 0, address: address))
    }

    mutating func module(_ path: String, buildID: String) -> Int32 {
      profile.modules.append(Module(path: path, buildID: buildID))
      return Int32(profile.modules.count - 1)
    }

    mutating func thread(_ name: String, tid: Int32) {
      profile.threads.append(Thread(pid: 4242, tid: tid, name: name, isPython: true))
      clocks.append(0)
    }

    private mutating func add(_ function: Function, _ frame: Frame) -> Int32 {
      var frame = frame
      frame.function = Int32(profile.functions.count)
      profile.functions.append(function)
      profile.frames.append(frame)
      return Int32(profile.frames.count - 1)
    }

    mutating func samples(
      _ count: Int, thread: Int, _ frames: [Int32], _ gil: GilState, cpu: CPUState = .running
    ) {
      let stack = frames.reduce(Int32(-1)) { parent, frame in
        let node = StackNode(parent: parent, frame: frame)
        if let known = profile.stacks.firstIndex(of: node) { return Int32(known) }
        profile.stacks.append(node)
        return Int32(profile.stacks.count - 1)
      }
      for _ in 0..<count {
        // Ticks end the time that they stand for.
        let time = clocks[thread] + (cpu == .running ? 10_000_000 : 0)
        profile.samples.append(
          Sample(
            time: time, weight: 10_000_000, thread: Int32(thread), stack: stack, cpu: cpu, gil: gil,
            source: cpu == .running ? .userTick : .contextSwitch, merge: .exact))
        clocks[thread] += 10_000_000
      }
    }

    func finish() -> Profile {
      var profile = profile
      profile.target.pid = 4242
      profile.target.command = "python3 app.py"
      profile.target.pythonVersion = "3.13.0"
      profile.recording.hyflameVersion = "0.0.1"
      profile.recording.startTime = 1_767_225_600_000_000_000
      profile.recording.duration = 100_000_000
      profile.recording.rate = 100
      profile.recording.recordsBlocked = true
      profile.recording.kernelVersion = "Linux 6.1.0"
      profile.ledger.expectedSamples = 9
      profile.ledger.isComplete = true
      return profile
    }
  }
}
