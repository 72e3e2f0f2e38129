import ArgumentParser
import Recorder

/// The values of `record --capture`.
enum CaptureArgument: String, ExpressibleByArgument, CaseIterable {
  case auto, kernel, stop, read

  var way: RecordingPlan.Capture {
    switch self {
    case .auto: .automatic
    case .kernel: .kernel
    case .stop: .stops
    case .read: .reads
    }
  }
}
