import PerfEvents
import RecordingFile
import Symbols

/// What the program images of all processes of a recording share.
struct ImageContext {
  let plan: RecordingPlan
  let writer: RecordingWriter
  let sources: SourceNaming
  let kernelFrames: KernelFrames
  /// Nil where threads are stopped for their samples.
  let tickProgram: TickProgram?
  /// Each file is opened, and its symbols are read, once however many processes map it.
  let files = ModuleFiles()
  let queue: SampleQueue
}
