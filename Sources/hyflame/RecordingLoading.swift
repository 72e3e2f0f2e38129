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
    guard !report.isEmpty else {
      throw CommandFailure(
        """
        no sample of \(path) is left to report; other filters may keep some, and -i includes idle \
        time
        """, status: ExitStatus.noSamples)
    }
    return report
  }
}
