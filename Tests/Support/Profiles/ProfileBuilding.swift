public import ProfileModel
public import SampleTypes

/// Builds a profile from stacks written as text:
///
///     var build = ProfileBuilding()
///     let main = build.thread("MainThread", tid: 1)
///     build.sample(main, "main (app.py:10@1); parse (app.py:20@18); deflate [libz.so.1]", .held)
///
/// Frames from root to leaf, separated by `; `. Python: `name (file:LINE@FIRSTLINE)`. Native:
/// `name [module]`, or `name [module fast.c:LINE@FIRSTLINE]`. Kernel: `name [kernel]`. A leading `~` marks interpreter plumbing, a leading
/// `+` an inlined frame.
public struct ProfileBuilding {
  public var profile = Profile()
  private var modules: [String: Int32] = [:]
  private var functions: [Function: Int32] = [:]
  private var frames: [Frame: Int32] = [:]
  private var stacks: [StackNode: Int32] = [:]
  private var clock: Int64 = 0

  public init() {
    profile.recording.rate = 100
    profile.recording.recordsBlocked = true
    profile.ledger.isComplete = true
  }

  public mutating func thread(_ name: String, tid: Int32, isPython: Bool = true) -> Int32 {
    profile.threads.append(Thread(pid: 1, tid: tid, name: name, isPython: isPython))
    return Int32(profile.threads.count - 1)
  }

  /// `count` samples of `milliseconds` each, one after the other.
  public mutating func sample(
    _ thread: Int32, _ stack: String, _ gil: GilState, cpu: CPUState = .running,
    milliseconds: Int64 = 10, count: Int = 1, merge: MergeQuality = .exact, reason: UInt16 = 0
  ) {
    let node = self.stack(stack)
    for _ in 0..<count {
      profile.samples.append(
        Sample(
          time: clock, weight: milliseconds * 1_000_000, thread: thread, stack: node, cpu: cpu,
          gil: gil, source: .userTick, merge: merge, reason: reason))
      clock += milliseconds * 1_000_000
    }
    profile.recording.duration = clock
    profile.ledger.expectedSamples = Int64(profile.samples.count)
  }

  /// Index of the innermost node of a stack; -1 for the empty string.
  public mutating func stack(_ text: String) -> Int32 {
    text.split(separator: "; ").reduce(-1) { parent, frame in
      let node = StackNode(parent: parent, frame: self.frame(frame))
      return Self.intern(node, &stacks, &profile.stacks)
    }
  }

  private mutating func frame(_ text: Substring) -> Int32 {
    let isPlumbing = text.hasPrefix("~")
    let isInlined = text.hasPrefix("+")
    let text = isPlumbing || isInlined ? text.dropFirst() : text
    var frame: Frame
    if text.hasSuffix("]"), let open = text.range(of: " [") {
      let place = text[open.upperBound...].dropLast().split(separator: " ")
      let source = (place.count > 1 ? place[1] : "").split(separator: ":")
      let lines = (source.last ?? "").split(separator: "@").map { Int32($0) ?? 0 }
      let function = native(
        String(text[..<open.lowerBound]), module: String(place[0]),
        file: source.first.map { "/usr/src/\($0)" } ?? "", line: lines.last ?? 0,
        isPlumbing: isPlumbing)
      frame = Frame(function: function, line: lines.first ?? 0, isInlined: isInlined)
    } else {
      frame = python(text)
    }
    return Self.intern(frame, &frames, &profile.frames)
  }

  private mutating func native(
    _ name: String, module: String, file: String, line: Int32, isPlumbing: Bool
  ) -> Int32 {
    let path = module == "kernel" ? "[kernel]" : "/usr/lib/\(module)"
    if modules[path] == nil {
      modules[path] = Int32(profile.modules.count)
      profile.modules.append(Module(path: path))
    }
    let function = Function(
      kind: module == "kernel" ? .kernel : .native, name: name, file: file, line: line,
      module: modules[path]!,
      isPlumbing: isPlumbing)
    return Self.intern(function, &functions, &profile.functions)
  }

  private mutating func python(_ text: Substring) -> Frame {
    guard text.hasSuffix(")"), let open = text.range(of: " (") else {
      return Frame(
        function: Self.intern(
          Function(kind: .python, name: String(text)), &functions, &profile.functions))
    }
    let place = text[open.upperBound...].dropLast().split(separator: ":")
    let lines = (place.count > 1 ? place[1] : "0").split(separator: "@").map { Int32($0) ?? 0 }
    let function = Function(
      kind: .python, name: String(text[..<open.lowerBound]), file: "/srv/app/\(place[0])",
      line: lines.last ?? 0)
    return Frame(
      function: Self.intern(function, &functions, &profile.functions), line: lines.first ?? 0)
  }

  private static func intern<T: Hashable>(
    _ value: T, _ known: inout [T: Int32], _ table: inout [T]
  ) -> Int32 {
    if let index = known[value] { return index }
    known[value] = Int32(table.count)
    table.append(value)
    return Int32(table.count - 1)
  }
}

extension Substring {
  /// Foundation's `range(of:)` without Foundation; the last occurrence.
  fileprivate func range(of pattern: String) -> Range<Index>? {
    ranges(of: pattern).last
  }
}

extension ProfileBuilding {
  /// A small program in the manner of the demo: Python that calls native code with and without the
  /// GIL, a worker that never runs Python, waiting, blocking and kernel time.
  public static var example: Profile {
    var build = ProfileBuilding()
    let main = build.thread("MainThread", tid: 4242)
    let pool = build.thread("ThreadPoolExecutor-0_0", tid: 4250)
    let blas = build.thread("openblas", tid: 4251, isPython: false)
    build.profile.ledger.reasons = ["", "innermost activation is being entered"]
    let root = "~_start [python3.11]; ~_PyEval_EvalFrameDefault [libpython3.11.so.1.0]; "
    let module = root + "<module> (train.py:30@1); main (train.py:21@18); "
    let fit =
      module + "BaseForest.fit (_forest.py:489@326); _parallel_build_trees (_forest.py:192@156); "
    build.sample(main, module + "load (train.py:8@6); read (parsers.py:1704@1700)", .held, count: 9)
    build.sample(main, module + "load (train.py:9@6); parse [parsers.so]", .held, count: 14)
    build.sample(
      main, module + "load (train.py:8@6); read [libc.so.6]; ksys_read [kernel]", .released,
      count: 5)
    build.sample(
      main, fit + "DepthFirstTreeBuilder::build [_tree.so]; node_split_best [_splitter.so]",
      .released, count: 60)
    build.sample(
      main,
      fit
        + "DepthFirstTreeBuilder::build [_tree.so]; node_split_best [_splitter.so]; +swap<float> [_partitioner.so]",
      .released, count: 31)
    build.sample(
      main, fit + "~_PyFunction_Vectorcall [libpython3.11.so.1.0]; check (validation.py:5@2)",
      .held, count: 3)
    build.sample(
      main, module + "predict (train.py:14@12); cblas_dgemm [libopenblas.so.0]", .held, count: 12)
    build.sample(
      main, module + "predict (train.py:14@12); ~_PyEval_EvalFrameDefault [libpython3.11.so.1.0]",
      .held, count: 2,
      merge: .partial, reason: 1)
    let work =
      root
      + "Thread._bootstrap (threading.py:1002@995); run (thread.py:58@53); work (train.py:40@38); "
    build.sample(
      pool, work + "take_gil [libpython3.11.so.1.0]", .waiting, cpu: .blocked, milliseconds: 130,
      count: 1)
    build.sample(
      pool, work + "fib (train.py:44@42); fib (train.py:44@42); fib (train.py:44@42)", .held,
      count: 25)
    build.sample(pool, work + "fsync [libc.so.6]", .held, cpu: .blocked, milliseconds: 45, count: 1)
    build.sample(
      pool, work + "Queue.get (queue.py:171@154)", .released, cpu: .blocked, milliseconds: 900,
      count: 1)
    build.sample(
      blas,
      "clone3 [libc.so.6]; blas_thread_server [libopenblas.so.0]; dgemm_kernel [libopenblas.so.0]",
      .none, count: 40)
    build.sample(
      blas, "clone3 [libc.so.6]; libopenblas.so.0+0x4f10 [libopenblas.so.0]", .none, count: 4,
      merge: .nativeOnly)
    build.describe()
    return build.profile
  }

  private mutating func describe() {
    profile.target.pid = 4242
    profile.target.command = "python3 train.py --trees 200"
    profile.target.pythonVersion = "3.11.7"
    profile.target.host = "workbench"
    profile.recording.kernelVersion = "Linux 6.1.0"
    profile.recording.privileged = true
    profile.recording.capture = .stop
    profile.recording.duration = 2_310_000_000
    profile.ledger.expectedSamples += 4
    profile.ledger.lostSamples = 3
    for length in stride(from: Int64(8_000), to: 28_000, by: 97) {
      profile.ledger.pauses.add(nanoseconds: length)
    }
    profile.ledger.profilerCPU = 61_000_000
    profile.ledger.profilerPeakRSS = 38_400_000
    profile.ledger.notes = [
      "1 of 3 threads was recorded without stopping it: all its signals are blocked."
    ]
  }
}
