import ProfileModel
import SampleTypes

/// A sample before it has a place in the recording.
struct SampleDraft {
  /// Nanoseconds of CLOCK_MONOTONIC.
  var time: UInt64
  /// Nanoseconds.
  var weight: UInt64
  var cpu: CPUState
  var gil: GilState
  var source: SampleSource
  var result: SampleAssembler.Result
}
