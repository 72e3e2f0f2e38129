import ProfileModel

/// What came of recording a process for half a second.
enum TestSample: Equatable {
  /// So many samples, of which so many were joined exactly; `longest` is the longest time that one
  /// held up a thread, in nanoseconds.
  case taken(samples: Int, exact: Int, mode: CaptureMode?, longest: Int64)
  /// No thread used the CPU.
  case idle
  /// With the sentence that `record` would say, and its exit status.
  case failed(String, status: Int32)
}
