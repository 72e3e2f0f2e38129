import ProfileModel

/// Native code by the Python line that called it, with the time that its threads held the GIL in it
/// and the time that they ran without.
struct NativeCallTable {
  struct Row: Equatable {
    /// Index in `StackTree.frames` of the Python frame.
    var caller: Int32
    /// Index in `StackTree.frames` of the outermost native function under it.
    var callee: Int32
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
        rows.append(Row(caller: call.caller, callee: call.callee))
        rows[rows.count - 1].time[sample.gil] &+= sample.weight
      }
    }
  }

  /// Rows with time in `state`, most of it first.
  func rows(in state: GilAxis) -> [Row] {
    rows.filter { $0.time[state] > 0 }.sorted {
      ($1.time[state], $0.caller, $0.callee) < ($0.time[state], $1.caller, $1.callee)
    }
  }

  private struct Call {
    var caller: Int32 = -1
    var callee: Int32 = -1
  }

  /// For each node the innermost Python frame at or above it and what that called. The
  /// interpreter's own functions are the way there: nobody can release the GIL in them.
  private static func calls(_ tree: StackTree, _ profile: Profile) -> [Call] {
    let interpreters = Set(profile.functions.lazy.filter(\.isPlumbing).map(\.module))
    var calls: [Call] = []
    calls.reserveCapacity(tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() {
      let frame = tree.frames[Int(node.frame)]
      var call = index == 0 ? Call() : calls[Int(node.parent)]
      switch frame.kind {
      case .python: call = Call(caller: node.frame)
      case .native where call.caller >= 0 && call.callee < 0:
        let module = profile.functions[Int(frame.function)].module
        if !interpreters.contains(module) { call.callee = node.frame }
      case .native, .kernel, .group: break
      }
      calls.append(call)
    }
    return calls
  }
}
