import ProfileModel

/// Processes that ran the same command line: workers of a pool, which nobody wants to tell apart unless
/// they say so.
struct ProcessGroups {
  struct Group {
    /// As written in roots and tables.
    var command: String
    /// Indices in `Profile.processes`.
    var members: [Int]
  }

  /// In the order of their first process.
  private(set) var groups: [Group] = []
  /// For each process the index of its group.
  private(set) var groupOfProcess: [Int] = []

  init(_ profile: Profile, splitsByProcess: Bool) {
    var known: [String: Int] = [:]
    for (index, process) in profile.processes.enumerated() {
      let command = Self.common(process.command)
      if !splitsByProcess, !command.isEmpty, let group = known[command] {
        groups[group].members.append(index)
        groupOfProcess.append(group)
        continue
      }
      known[command] = groups.count
      groupOfProcess.append(groups.count)
      groups.append(Group(command: command, members: [index]))
    }
  }

  /// Workers of `multiprocessing` are told what to read by numbers that no two have in common:
  /// `spawn_main(tracker_fd=5, pipe_handle=7)`.
  private static func common(_ command: String) -> String {
    guard command.contains("from multiprocessing.") else { return command }
    var result = ""
    var isArgument = false
    for character in command {
      if isArgument, ("0"..."9").contains(character) {
        if result.last != "*" { result.append("*") }
      } else {
        isArgument = character == "=" || character == "("
        result.append(character)
      }
    }
    return result
  }
}

extension Profile {
  /// `process 4242 python3 worker.py`, or `6 × python3 worker.py`.
  func rootName(of group: ProcessGroups.Group) -> String {
    guard group.members.count > 1 else {
      return "process " + label(of: processes[group.members[0]])
    }
    return "\(group.members.count) × \(Self.shortened(command: group.command))"
  }
}
