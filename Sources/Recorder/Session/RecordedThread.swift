import CPython
import LinuxIO
import ProfileModel
import RecordingFile
import SampleTypes

/// One thread of the target, as the processing thread keeps it.
final class RecordedThread {
  let process: RecordedProcess
  let sampling: ThreadSampling
  var name: String
  /// How often the kernel was asked for its name since.
  var kernelLooks = 0
  /// True once its name in Python was found.
  var isNamed = false
  /// True once its process knows that it runs Python.
  var isNoticed = false
  /// What the file says of it.
  var row = Row()
  /// Its number in the target's own PID namespace.
  let number: UInt64
  var isPython = false
  /// It was seen without a thread state, alive, and with none since.
  var isNative = false
  /// Where its Python state is, where a `TickProgram` takes the samples.
  var python: PythonThread?
  var offCPU: OffCPUClock
  /// Since when the thread is off the CPU, if it is.
  var away: Away?
  /// True while it is off the CPU and nobody has looked at it there.
  var waitsForLook = false
  /// When it came back last, nanoseconds of CLOCK_MONOTONIC; nil where that record was lost.
  var cameBack: UInt64? = 0
  /// What the scheduler had counted when it was attached to, where its switches are hidden.
  var timesAtStart: ThreadTimes?
  /// The user stack at the last switch, kept until it is known how long the thread was away.
  var switchStack: [UInt8] = []
  /// The same where a `TickProgram` copies it.
  var copies = SwitchCopies()

  struct Row {
    /// In `Profile.threads`; -1 while it is not there.
    var index: Int32 = -1
    var name = ""
    var isPython = false
  }

  struct Away {
    /// Nanoseconds of CLOCK_MONOTONIC.
    var since: UInt64
    var isPreempted = false
    /// Since its events were opened, as far as is known: nothing has told of a switch so far.
    var isAssumed = false
    /// None of these where a `TickProgram` has copied all.
    var registers = Registers()
    var kernelFrames: [Int32] = []
    /// The finished sample, where it could be taken while the thread was away.
    var sample: AssembledSample?
  }

  init(
    of process: RecordedProcess, sampling: ThreadSampling, name: String, number: UInt64,
    period: UInt64
  ) {
    self.process = process
    self.sampling = sampling
    self.name = name
    self.number = number
    let phase = UInt64(truncatingIfNeeded: sampling.tid) &* 2_654_435_761
    offCPU = OffCPUClock(period: period, phase: phase)
  }

  /// It was there when it was attached to, and may have been off the CPU. Whether it was, its first switch
  /// tells, or whoever looks at it before; the time until then is its absence.
  func assumeAway() {
    guard sampling.kernel?.seesKernel == true else {
      timesAtStart = StandingThread.times(of: sampling.tid, in: process.files)
      return
    }
    away = Away(
      since: sampling.openedAt, isPreempted: process.files.state(tid: sampling.tid) == "R",
      isAssumed: true)
    waitsForLook = true
  }

  /// Index in `Profile.threads`; it gets one when it is first asked for.
  func index(in writer: RecordingWriter) -> Int32 {
    if row.index < 0 { write(to: writer, process: process.index()) }
    return row.index
  }

  /// Writes what is new; `process` is the index of its process.
  func write(to writer: RecordingWriter, process index: Int32) {
    guard row.index < 0 || row.name != name || row.isPython != isPython else { return }
    (row.name, row.isPython) = (name, isPython)
    if row.index < 0 {
      row.index = writer.add(
        thread: Thread(
          pid: process.link.pid, tid: sampling.tid, name: name, isPython: isPython, process: index))
    } else {
      writer.update(thread: row.index, name: name, isPython: isPython)
    }
  }
}
