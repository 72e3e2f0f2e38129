import ProfileModel

/// How formats with a place for it name what was recorded.
extension Profile {
  /// The command, or else the process.
  var title: String {
    target.command.isEmpty ? "pid \(target.pid)" : target.command
  }

  /// File name of the program: `python3` of `/usr/bin/python3 train.py`.
  var processName: String {
    let program = target.command.prefix { $0 != " " }
    return program.split(separator: "/").last.map(String.init) ?? "pid \(target.pid)"
  }

  /// `MainThread (4242)`; with the process where there is more than one.
  func laneName(ofThread index: Int) -> String {
    let thread = threads[index]
    let name = thread.name.replacingHarmfulScalars(with: "\u{FFFD}")
    let process = threads.contains { $0.pid != thread.pid } ? "pid \(thread.pid) " : ""
    return "\(process)\(name) (\(thread.tid))"
  }
}
