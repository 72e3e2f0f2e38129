import ProfileModel

/// What damaged chunks have cost, and the rows that stand in for theirs.
struct ChunkLosses {
  /// Chunks that are known to be missing.
  var chunks = 0
  /// Bytes of the file that could not be read, and after which it went on.
  var bytes = 0
  var samples: UInt64 = 0
  /// Nanoseconds of the recording.
  var time: Int64 = 0

  static let name = "[lost: the recording is damaged]"
  static let function = Function(kind: .native, name: name)
  /// Its function is not known before all are read.
  static let frame = Frame(function: -1)
  static let stack = StackNode(parent: -1, frame: -1)

  /// Lets the rows that stand in for lost ones refer to something. Returns how many samples have such a
  /// row in their stack.
  func fillIn(_ profile: inout Profile) -> Int {
    guard chunks > 0 else { return 0 }
    let function = Int32(profile.functions.count)
    let frame = Int32(profile.frames.count)
    if profile.stacks.contains(where: { $0.frame < 0 }) { profile.frames.append(Self.frame) }
    if profile.frames.contains(where: { $0.function < 0 }) {
      profile.functions.append(Self.function)
    }
    for index in profile.frames.indices where profile.frames[index].function < 0 {
      profile.frames[index].function = function
    }
    for index in profile.stacks.indices where profile.stacks[index].frame < 0 {
      profile.stacks[index].frame = frame
    }
    let lostFunctions = profile.functions.map { $0.name == Self.name }
    var isLost = [Bool](repeating: false, count: profile.stacks.count)
    for (index, node) in profile.stacks.enumerated() {
      let ownFunction = profile.frames[Int(node.frame)].function
      isLost[index] =
        lostFunctions[Int(ownFunction)] || node.parent >= 0 && isLost[Int(node.parent)]
    }
    return profile.samples.count { $0.stack >= 0 && isLost[Int($0.stack)] }
  }

  /// Follows "the recording", or the name of the file.
  func sentence(at offset: Int, namelessSamples: Int, losesRest: Bool) -> String {
    var parts: [String] = []
    if bytes > 0 {
      let count = "\(chunks) chunk\(chunks == 1 ? "" : "s")"
      let share = "\(samples) sample\(samples == 1 ? "" : "s"), \(Self.seconds(time)) s"
      parts.append(chunks > 0 ? "\(count) lost (\(share))" : "nothing of it is lost")
    }
    if namelessSamples > 0 { parts.append("\(namelessSamples) samples lack names") }
    if losesRest { parts.append(bytes > 0 ? "the rest was left out" : "what follows was left out") }
    return "is damaged at byte \(offset)" + (bytes > 0 ? ": " : "; ")
      + parts.joined(separator: ", ")
  }

  /// One decimal.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let tenths = (nanoseconds + 50_000_000) / 100_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
