import ProfileModel

/// A Python frame, as a recording has it and as a program's truth spells it.
struct PythonFrame: Hashable {
  var name: String
  var file: String
  var line: Int
}

extension Profile {
  /// Samples by distinct Python stack, outermost frame first; native frames are left out.
  func samplesByPythonStack(_ samples: [Sample]) -> [[PythonFrame]: [Sample]] {
    var result: [[PythonFrame]: [Sample]] = [:]
    for (stack, samples) in Dictionary(grouping: samples, by: \.stack) {
      result[pythonFrames(of: stack), default: []] += samples
    }
    return result
  }

  func pythonFrames(of stack: Int32) -> [PythonFrame] {
    var result: [PythonFrame] = []
    var node = stack
    while node >= 0 {
      let frame = frames[Int(stacks[Int(node)].frame)]
      let function = functions[Int(frame.function)]
      if function.kind == .python {
        result.append(
          PythonFrame(name: function.name, file: function.file, line: Int(frame.line)))
      }
      node = stacks[Int(node)].parent
    }
    return result.reversed()
  }

  func count(_ quality: MergeQuality, _ samples: [Sample]) -> Int {
    samples.count { $0.merge == quality }
  }

  /// The reasons for merges that are not exact, with their numbers: for messages.
  func reasons(_ samples: [Sample]) -> String {
    let inexact = Dictionary(grouping: samples.filter { $0.merge != .exact }, by: \.reason)
    return inexact.map { "\($1.count) × \(ledger.reasons[Int($0)])" }.sorted()
      .joined(separator: ", ")
  }
}
