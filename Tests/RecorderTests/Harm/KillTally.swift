import Foundation
import ProfileModel
import Testing

/// What killed recorders left behind.
struct KillTally: CustomStringConvertible {
  private var kills = 0
  private var recordings = 0
  private var readable = 0
  private var empty = 0
  /// Recorders that lived long enough to have written, and of those the ones that left something to read.
  private var old = 0
  private var oldReadable = 0

  /// The first is written after 0.1 s of sampling; a busy machine gets some more.
  private static let writingTime = 0.6

  var description: String {
    "\(kills) recorders, \(recordings) files, \(readable) readable, \(empty) of them without samples;"
      + " \(old) lived for more than \(Self.writingTime) s, \(oldReadable) of those are readable"
  }

  mutating func count(_ output: String, instant: Double) {
    kills += 1
    let profile = try? Profile(recordedAt: output)
    if FileManager.default.fileExists(atPath: output) { recordings += 1 }
    if let profile {
      readable += 1
      if profile.samples.isEmpty { empty += 1 }
    }
    guard instant > Self.writingTime else { return }
    old += 1
    if profile?.samples.isEmpty == false { oldReadable += 1 }
  }

  /// 95 of 100 of the files that exist, and of those that must exist.
  func expectReadable() {
    #expect(Double(readable) >= 0.95 * Double(recordings), "\(self)")
    #expect(Double(oldReadable) >= 0.95 * Double(old), "\(self)")
    #expect(kills < 50 || recordings >= kills / 10 && old >= 5, "too few lived to write: \(self)")
  }
}
