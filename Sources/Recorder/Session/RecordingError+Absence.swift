import LinuxIO

extension RecordingError {
  /// Why a process has no thread that can be recorded.
  static func absence(of process: ProcFiles) -> RecordingError {
    guard process.exists() else { return .noSuchProcess(pid: process.pid) }
    guard process.livingThread() == nil else { return .executing(pid: process.pid) }
    let parent = process.statusField("PPid").flatMap { Int32($0) }
    return .hasEnded(pid: process.pid, parent: parent ?? 0)
  }
}
