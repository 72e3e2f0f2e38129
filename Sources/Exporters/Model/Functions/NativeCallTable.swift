import ProfileModel
import SampleTypes

/// Native code by the Python line that called it, with the time that its threads held the GIL in it
/// and the time that they ran without.
struct NativeCallTable {
  struct Row: Equatable {
    /// Index in `StackTree.frames` of the Python frame.
    var caller: Int32
    /// Index in `StackTree.frames` of the outermost native function under it: any frame of it, as
    /// its own lines are not told apart.
    var callee: Int32
    /// The function is the interpreter's own: nobody but CPython's authors can release the GIL there.
    var isInterpreter = false
    var time = GilTime()
  }

  /// In the order of their first occurrence.
  private(set) var rows: [Row] = []
  let tree: StackTree

  init(_ report: Report) {
    tree = StackTree(report)
    let calls = Self.calls(tree, report.profile)
    var known: [UInt64: Int] = [:]
    for index in report.selection.kept {
      let sample = report.profile.samples[Int(index)]
      let call = calls[Int(tree.leaf(of: sample))]
      guard call.callee >= 0, sample.weight > 0 else { continue }
      let key = UInt64(call.caller) << 32 | UInt64(call.callee)
      if let row = known[key] {
        rows[row].time[sample.gil] &+= sample.weight
      } else {
        known[key] = rows.count
        rows.append(
          Row(caller: call.caller, callee: call.callee, isInterpreter: call.isInterpreter))
        rows[rows.count - 1].time[sample.gil] &+= sample.weight
      }
    }
  }

  /// Rows with time in `state`, most of it first: of extension modules and libraries, or of the
  /// interpreter. What has let the GIL go is told whoever it is.
  func rows(in state: GilState, ofInterpreter: Bool = false) -> [Row] {
    let takesAll = state == .released && !ofInterpreter
    return rows.filter {
      $0.time[state] > 0 && (takesAll || $0.isInterpreter == ofInterpreter)
    }.sorted {
      ($1.time[state], $0.caller, $0.callee) < ($0.time[state], $1.caller, $1.callee)
    }
  }

  private struct Call {
    var caller: Int32 = -1
    var callee: Int32 = -1
    var isInterpreter = false
  }

  /// For each node the innermost Python frame at or above it and what that called: the outermost
  /// function that is not the interpreter's, or else the outermost one that is.
  private static func calls(_ tree: StackTree, _ profile: Profile) -> [Call] {
    let interpreters = interpreterModules(profile)
    let callees = calleeFrames(tree, profile)
    var calls: [Call] = []
    calls.reserveCapacity(tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() {
      let frame = tree.frames[Int(node.frame)]
      var call = index == 0 ? Call() : calls[Int(node.parent)]
      switch frame.kind {
      case .python: call = Call(caller: node.frame)
      case .native where call.caller >= 0 && (call.callee < 0 || call.isInterpreter):
        let function = profile.functions[Int(frame.function)]
        let isInterpreter = interpreters.contains(function.module)
        if !isInterpreter || (call.callee < 0 && !function.isPlumbing) {
          call.callee = callees[Int(node.frame)]
          call.isInterpreter = isInterpreter
        }
      case .native, .kernel, .group: break
      }
      calls.append(call)
    }
    return calls
  }

  /// Modules whose functions are the interpreter's where only such stand between them and the Python
  /// line: its own, and the C library, the loader and the vdso, which it calls as any program does
  /// (`memset`, `__tls_get_addr`, `__vdso_clock_gettime`). Below an extension module they are that one's.
  private static func interpreterModules(_ profile: Profile) -> Set<Int32> {
    var result = Set(profile.functions.lazy.filter(\.isPlumbing).map(\.module))
    for (index, module) in profile.modules.enumerated()
    where module.name.isOfInterpreter || module.name.isOfCLibrary {
      result.insert(Int32(index))
    }
    return result
  }

  private struct Callee: Hashable {
    var name: String
    var module: Int32
  }

  /// For each frame the first one of the same native function. The tree has a frame for every line
  /// of it, and a recording can have a function entry for every place that it was inlined into.
  private static func calleeFrames(_ tree: StackTree, _ profile: Profile) -> [Int32] {
    var first: [Callee: Int32] = [:]
    return tree.frames.enumerated().map { index, frame in
      guard frame.kind == .native else { return Int32(index) }
      let function = profile.functions[Int(frame.function)]
      let callee = Callee(name: function.name, module: function.module)
      let known = first[callee, default: Int32(index)]
      first[callee] = known
      return known
    }
  }
}

extension String {
  /// `libpython3.12.so.1.0`, `python3.11`, `python`.
  fileprivate var isOfInterpreter: Bool {
    if hasPrefix("libpython") { return true }
    guard hasPrefix("python") else { return false }
    return dropFirst(6).allSatisfy { $0 == "." || $0 == "t" || $0 == "d" || $0.isNumber }
  }

  /// File names of glibc and musl, with whatever version.
  fileprivate var isOfCLibrary: Bool {
    if self == "[vdso]" { return true }
    let libraries = ["libc", "libm", "libpthread", "libdl", "librt", "libutil", "ld"]
    let stem = prefix { $0 != "." && $0 != "-" }
    guard libraries.contains(String(stem)) else { return false }
    let rest = dropFirst(stem.count)
    // `libc.so.6`, `libc-2.31.so`, `ld-linux-x86-64.so.2`, `libc.musl-x86_64.so.1`.
    return rest.hasPrefix(".so") || rest.hasPrefix(".musl-") || rest.hasPrefix("-linux")
      || rest.hasPrefix("-musl") || rest.hasPrefix("-2.")
  }
}
