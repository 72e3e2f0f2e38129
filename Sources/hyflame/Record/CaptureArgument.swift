import ArgumentParser
import ProfileModel

/// The values of `record --capture`.
enum CaptureArgument: String, ExpressibleByArgument, CaseIterable {
  case auto, kernel, stop, read

  /// Nil for `auto`.
  var mode: CaptureMode? { CaptureMode(rawValue: rawValue) }
}
