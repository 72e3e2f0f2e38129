import CPython
import LinuxIO

// What is said where the target was no Python, so that its recording is not what was wanted in all likelihood.
extension RecordingSession {
  /// Looks at the children of a launched command.
  func watchChildren() {
    guard watchesChildren, let root else { return }
    childWatch.look(below: root.files)
  }

  private var watchesChildren: Bool {
    guard case .launch = plan.target else { return false }
    return plan.recordsPython && !plan.followsChildren
  }

  /// To be called when nothing more will be recorded, and before the processes are let go.
  func noteMissingPython() {
    guard plan.recordsPython, !hasMetPython,
      processes.values.allSatisfy({ $0.pythonEvidence == .none })
    else { return }
    if case .launch(let command) = plan.target, childWatch.count > 0 {
      let sentence = Self.wrapperWarning(command, children: childWatch.count)
      warning = sentence
      note(sentence)
    } else {
      note(
        "no Python ran in this process, as far as hyflame knows it (CPython \(PythonVersion.known)): native "
          + "frames only"
      )
    }
  }

  /// A program in Python may leave its work to others.
  func noteWorkers() {
    let workers = childWatch.lastingCount
    guard hasMetPython, workers > 0 else { return }
    let who = workers == 1 ? "1 child process" : "\(workers) child processes"
    let were = workers == 1 ? "was" : "were"
    note("\(who) ran Python too and \(were) not recorded: -s records them")
  }

  private static func wrapperWarning(_ command: [String], children: Int) -> String {
    let did =
      children == 1
      ? "1 child process did and was not recorded"
      : "\(children) child processes did and were not recorded"
    let words = command.map(quoted).joined(separator: " ")
    return
      "\(command.first ?? "the command") never ran Python; \(did). Again with -s: hyflame record -s -- "
      + words
  }

  /// As one word of a POSIX shell.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.allSatisfy {
      $0.isLetter || $0.isNumber || "_-./+:@%,=".contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
