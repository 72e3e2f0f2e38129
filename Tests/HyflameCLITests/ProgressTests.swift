import Exporters
import ProfileModel
import Recorder
import SampleTypes
import Testing

@testable import hyflame

@Suite struct ProgressTests {
  private var progress: RecordingProgress {
    var progress = RecordingProgress()
    progress.pid = 4242
    progress.interpreter = "python3.13"
    progress.elapsed = 12.44
    progress.samples = 1240
    progress.achievedRate = 99.84
    progress.gilHeldShare = 0.61
    return progress
  }

  private func summary(
    _ end: RecordingSummary.End, threads: Int, _ progress: RecordingProgress
  ) -> RecordingSummary {
    RecordingSummary(end: end, progress: progress, threads: threads, notes: [])
  }

  @Test func lines() {
    let display = ProgressDisplay(plan: RecordingPlan(target: .attach(pid: 4242)), isQuiet: false)
    #expect(
      display.liveLine(progress) == """
        Recording pid 4242 (python3.13) 12.4s  1,240 samples  99.8 Hz  0 lost  GIL 61%  \
        [Ctrl-C stops]
        """)
    #expect(
      display.startLine(progress)
        == "hyflame: recording pid 4242 (python3.13) at 100 Hz into hyflame.data; Ctrl-C stops")
    #expect(
      display.endLine(summary(.signal, threads: 4, progress)) == """
        hyflame: 1,240 samples of 4 threads in 12.4 s (99.8 Hz, 0 lost) are in hyflame.data; next: \
        hyflame report
        """)
  }

  /// The end says as much of all samples as the report will, and who has samples.
  @Test func theEndIsThatOfTheReport() {
    let display = ProgressDisplay(plan: RecordingPlan(target: .attach(pid: 1)), isQuiet: false)
    var quality = RecordingQuality()
    for index in 0..<4 {
      quality.count(
        Sample(
          time: 0, weight: 1, thread: 0, stack: 0, cpu: .running, gil: .held, source: .userTick,
          merge: index == 0 ? .partial : .exact))
    }
    let summary = RecordingSummary(
      end: .signal, progress: progress, threads: 26, sampledThreads: 13, processes: 4,
      sampledProcesses: 2, quality: quality, notes: [])
    #expect(
      display.endLine(summary) == """
        hyflame: 1,240 samples of 13 of 26 threads in 2 of 4 processes in 12.4 s (99.8 Hz, 0 lost; \
        75.0 % of the samples have a complete stack) are in hyflame.data; next: hyflame report
        """)
  }

  @Test func theNextCommandCanBePasted() {
    let plan = RecordingPlan(target: .attach(pid: 1), output: "it's slow.data")
    var one = progress
    one.samples = 1
    #expect(
      ProgressDisplay(plan: plan, isQuiet: false).endLine(summary(.targetEnded, threads: 1, one))
        == """
        hyflame: the target ended; 1 sample of 1 thread in 12.4 s (99.8 Hz, 0 lost) are in it's \
        slow.data; next: hyflame report 'it'\\''s slow.data'
        """)
  }

  @Test func numbers() {
    #expect(
      [0.0, 0.04, 0.05, 1.25, -0.5, 12.0].map { $0.fixed(1) }
        == ["0.0", "0.0", "0.1", "1.3", "-0.5", "12.0"])
    #expect([Double.nan, .infinity, 1e30].map { $0.fixed(1) } == ["?", "?", "?"])
    #expect((61.4).fixed(0) == "61")
    #expect(
      [Int64(0), 999, 1000, -1_234_567, .min].map(\.grouped)
        == ["0", "999", "1,000", "-1,234,567", "-9,223,372,036,854,775,808"])
  }
}
