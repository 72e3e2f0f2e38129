import ProfileModel

/// How formats with a place for it name what was recorded.
extension Profile {
  /// The command, or else the process.
  var title: String {
    target.command.isEmpty ? "pid \(target.pid)" : target.command
  }

  /// File name of the program: `python3` of `/usr/bin/python3 train.py`.
  func programName(of process: ProcessDescription) -> String {
    let program = process.command.prefix { $0 != " " }
    return program.split(separator: "/").last.map(String.init) ?? "pid \(process.pid)"
  }

  /// True where children of the target were recorded, too.
  var hasSeveralProcesses: Bool { processes.count > 1 }

  /// Of a thread; the target where the recording has no table of processes.
  func process(of thread: Thread) -> ProcessDescription {
    guard processes.indices.contains(Int(thread.process)) else {
      return ProcessDescription(
        pid: thread.pid, command: target.command, pythonVersion: target.pythonVersion)
    }
    return processes[Int(thread.process)]
  }

  /// `4242 python3 worker.py`: commands may be as long as a page.
  func label(of process: ProcessDescription) -> String {
    let command = Self.shortened(command: process.command)
    return command.isEmpty ? String(process.pid) : "\(process.pid) \(command)"
  }

  /// Both ends tell a command from others: the program, and its last arguments.
  static func shortened(command: String) -> String {
    command.shortened(to: 80, ellipsis: "...")
  }

  /// Threads that ended before their name was read have their number for one.
  mutating func nameThreads() {
    for index in threads.indices where threads[index].name.isEmpty {
      threads[index].name = threads[index].numberAsName
    }
  }

  /// `MainThread (4242)`; with the process where there is more than one.
  func laneName(ofThread index: Int) -> String {
    let thread = threads[index]
    let name = thread.name.replacingHarmfulScalars(with: "\u{FFFD}")
    let process = hasSeveralProcesses ? "pid \(thread.pid) " : ""
    return process + (thread.isUnnamed ? name : "\(name) (\(thread.tid))")
  }
}

extension Thread {
  fileprivate var numberAsName: String { "thread \(tid)" }

  /// True where no name was known.
  var isUnnamed: Bool { name == numberAsName }
}
