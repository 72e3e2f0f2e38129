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
    on profile: Profile, at path: String, _ options: ReportOptions, allowsHiddenOnly: Bool = false
  ) throws -> Report {
    let report: Report
    var options = options
    options.zoneOffset = LocalTime.offset(at: profile.recording.startTime)
    do {
      report = try Report(profile, options: options)
    } catch {
      throw CommandFailure("\(path) contradicts itself (\(error)), so it cannot be reported")
    }
    if profile.samples.isEmpty, let defect = defect(of: profile.ledger) {
      throw CommandFailure("no sample of \(path) can be read: it \(defect)")
    }
    guard report.isEmpty else { return report }
    guard let hidden = report.onlyHiddenTime else {
      throw CommandFailure(
        "no sample of \(path) passes the filters, so nothing is left to report",
        status: ExitStatus.noSamples)
    }
    // The split and the ledger say what there is.
    guard allowsHiddenOnly else {
      throw CommandFailure(
        "all samples of \(path) are of time that is hidden (\(hidden)); -i shows it",
        status: ExitStatus.noSamples)
    }
    return report
  }

  /// What a reader of the figures must know of the file.
  static func warn(of ledger: Ledger, at path: String) {
    guard let defect = defect(of: ledger) else { return }
    StandardStream.error.show("warning: \(path) \(defect)")
  }

  private static func defect(of ledger: Ledger) -> String? {
    if ledger.damageOffset != nil { return ledger.damage }
    return ledger.isComplete ? nil : "ends early: its recorder was killed, or the file was cut"
  }
}
