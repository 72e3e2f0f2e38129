import CPython
import LinuxIO
import RemoteProcess
import SampleTypes

/// Thread numbers as the target's own PID namespace counts them, which is all that an interpreter
/// knows of them; they differ from ours in containers.
struct ThreadNumbers {
  private let process: ProcFiles
  private let areOurs: Bool
  /// Where glibc's `struct pthread` has `tid` and, before it, the pointer to itself by which it is
  /// recognised: the same in 2.36 and 2.43.
  private static let glibcTidOffset = 0x2d0
  private static let glibcSelfOffset = 0x10

  init(process: ProcFiles) {
    self.process = process
    areOurs = process.statusField("NSpid").map { !$0.contains("\t") } ?? true
  }

  /// The target's own number of a thread: the last one of `NSpid` (proc_pid_status(5)).
  func number(of tid: Int32) -> UInt64 {
    guard !areOurs, let numbers = process.statusField("NSpid", tid: tid) else {
      return UInt64(tid)
    }
    return numbers.split(separator: "\t").last.flatMap { UInt64($0) } ?? UInt64(tid)
  }

  /// The target's own number of the thread that a thread state belongs to: `native_thread_id` from
  /// 3.11 on, before by what glibc keeps behind `pthread_self()`. Nil if it has none yet.
  static func number(of state: ThreadState, memory: inout some RemoteMemory) -> UInt64? {
    if let native = state.nativeThreadID { return native == 0 ? nil : native }
    let block = RemoteAddress(state.threadID)
    guard memory.word(at: block + glibcSelfOffset) == state.threadID,
      let tid = memory.load(UInt32.self, at: block + glibcTidOffset), tid != 0
    else { return nil }
    return UInt64(tid)
  }
}
