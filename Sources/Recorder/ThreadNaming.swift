import CPython
import ProfileModel
import RecordingFile
import RemoteProcess

/// The threads of the recording and their names: `threading.Thread.name` where there is one, else
/// the kernel's.
struct ThreadNaming {
  private var threads: [Thread] = []
  private var written: [Thread] = []
  var runtime: PythonRuntime?

  var count: Int { threads.count }

  /// The thread's index. A process's first thread keeps its number through an exec, and so its index.
  mutating func index(pid: Int32, tid: Int32, name: String, writer: RecordingWriter) -> Int32 {
    if tid == pid, let known = threads.firstIndex(where: { $0.tid == tid }) {
      threads[known].name = name
      return Int32(known)
    }
    let thread = Thread(pid: pid, tid: tid, name: name, isPython: false)
    threads.append(thread)
    written.append(thread)
    return writer.add(thread: thread)
  }

  mutating func note(isPython: Bool, index: Int32) {
    if isPython { threads[Int(index)].isPython = true }
  }

  /// Reads names again and writes what has changed.
  mutating func refresh(
    memory: ProcessMemory, writer: RecordingWriter, threads live: [Int32: RecordedThread]
  ) {
    readPythonNames(memory, live)
    for index in threads.indices where threads[index] != written[index] {
      written[index] = threads[index]
      writer.update(
        thread: Int32(index), name: threads[index].name, isPython: threads[index].isPython)
    }
  }

  private mutating func readPythonNames(
    _ memory: ProcessMemory, _ live: [Int32: RecordedThread]
  ) {
    guard let runtime else { return }
    var memory = memory
    var reader = ThreadNames(runtime: runtime)
    let names = reader.read(memory: &memory)
    guard !names.isEmpty else { return }
    var byTid: [UInt64: String] = [:]
    for state in runtime.threadStates(memory: &memory) {
      if let tid = state.nativeThreadID, let name = names[state.threadID] { byTid[tid] = name }
    }
    for thread in live.values {
      if let name = byTid[UInt64(thread.sampling.tid)] { threads[Int(thread.index)].name = name }
    }
  }
}
