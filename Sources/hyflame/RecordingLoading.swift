import Exporters
import ProfileModel
import RecordingFile

/// From a file to something that can be reported, with sentences for what goes wrong.
enum RecordingLoading {
  static func profile(at path: String) throws -> Profile {
    do {
      return try RecordingReader.read(path: path)
    } catch {
      throw CommandFailure(error)
    }
  }

  static func report(
    on profile: Profile, at path: String, _ options: ReportOptions
  ) throws -> Report {
    let report: Report
    do {
      report = try Report(profile, options: options)
    } catch {
      throw CommandFailure("\(path) contradicts itself (\(error)), so it cannot be reported")
    }
    if profile.samples.isEmpty, let defect = defect(of: profile.ledger) {
      throw CommandFailure("no sample of \(path) can be read: it \(defect)")
    }
    guard !report.isEmpty else {
      throw CommandFailure(
        """
        no sample of \(path) is left to report; other filters may keep some, and -i includes idle \
        time
        """, status: ExitStatus.noSamples)
    }
    return report
  }

  /// What a reader of the figures must know of the file.
  static func warn(of ledger: Ledger, at path: String) {
    guard let defect = defect(of: ledger) else { return }
    StandardStream.error.show("warning: \(path) \(defect)")
  }

  private static func defect(of ledger: Ledger) -> String? {
    if let offset = ledger.damageOffset {
      return "is damaged at byte \(offset), and what follows was left out"
    }
    return ledger.isComplete ? nil : "ends early: its recorder was killed, or the file was cut"
  }
}
