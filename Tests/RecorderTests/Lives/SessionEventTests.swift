import ProfileModel
import RecordingFile
import Support
import Testing

@testable import Recorder

/// What the tracing thread tells of beginning and end reaches the main loop.
@Suite struct SessionEventTests {
  /// Packets are taken between turns, too, where many rings are to be drained. An end that got lost
  /// there would be waited for without end.
  @Test func newsTakenBetweenTurnsAreTold() throws {
    let path = try temporaryPath("hyflame.data")
    let link = try TracerLink(ringBytes: 1 << 16, tickProgram: nil, mode: .stop, period: 10_000_000)
    let session = RecordingSession(
      plan: RecordingPlan(target: .attach(pid: 1), output: path), link: link,
      writer: try RecordingWriter(path: path, overwrite: false))
    link.post(.started(pid: 1))
    session.takePackets()
    guard case .started(1) = session.turn() else { return #expect(Bool(false), "not started") }
    guard case .none = session.turn() else { return #expect(Bool(false), "told twice") }
    link.post(.ended)
    session.takePackets()
    guard case .ended = session.turn() else { return #expect(Bool(false), "not ended") }
    guard case .none = session.turn() else { return #expect(Bool(false), "told twice") }
  }
}
