import Glibc
import LinuxIO

/// What is mounted at `/proc`, from which all else about a process is learned.
public enum ProcMount {
  /// Fails unless numbers in `/proc` mean the processes that system calls mean by them: otherwise one process would
  /// be sampled and another one described.
  public static func check() throws(RecordingError) {
    let own = SymbolicLink(path: "/proc/self").flatMap { Int32($0.contents) }
    guard own != getpid() else { return }
    guard own == nil, access("/proc/version", F_OK) != 0 else {
      throw .foreignProcFiles(number: own)
    }
    throw .noProcFiles
  }
}
