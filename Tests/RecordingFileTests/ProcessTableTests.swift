import ProfileModel
import Testing

@testable import RecordingFile

@Suite struct ProcessTableTests {
  /// What a process became is written when it is known, and is what a reader sees.
  @Test func updates() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    var profile = exampleProfile()
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.add(tablesOf: profile)
    for sample in profile.samples { writer.append(sample: sample) }
    try writer.flush()
    profile.processes[1].command = "python3 worker.py"
    profile.processes[1].pythonVersion = "3.9.18"
    writer.update(process: 1, profile.processes[1])
    try writer.close()
    expectEqual(try RecordingReader.read(path: path), profile)
  }

  /// Files from before there was a table have the target's threads only.
  @Test func olderFiles() {
    var chunk = WireChunk()
    var target = TargetDescription()
    (target.pid, target.command, target.pythonVersion) = (7, "python3 app.py", "3.12.1")
    chunk.target = WireTarget(target)
    chunk.threads = [WireThread(Thread(pid: 7, tid: 7, name: "", isPython: true))]
    var builder = ProfileBuilder()
    let isTaken = builder.append(chunk)
    #expect(isTaken)
    let profile = builder.finish(damageOffset: nil)
    #expect(
      profile.processes == [
        ProcessDescription(pid: 7, command: "python3 app.py", pythonVersion: "3.12.1")
      ])
    #expect(profile.threads.map(\.process) == [0])
  }

  @Test func impossibleIndexesAreRefused() {
    for (thread, update) in [(2, 0), (0, 2)] as [(UInt32, UInt32)] {
      var chunk = WireChunk()
      chunk.processes = [.init(), .init()]
      var wireThread = WireThread()
      wireThread.process = thread
      var wireUpdate = WireProcessUpdate()
      wireUpdate.process = update
      (chunk.threads, chunk.processUpdates) = ([wireThread], [wireUpdate])
      var builder = ProfileBuilder()
      let isTaken = builder.append(chunk)
      #expect(!isTaken)
      #expect(builder.isEmpty)
    }
  }

  /// A recorder that is killed at once leaves a recording without samples, not an empty file.
  @Test func aNewFileIsARecordingFromTheFirstFlush() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.data")
    let profile = exampleProfile()
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.setTarget(profile.target)
    writer.setRecording(profile.recording)
    try writer.flush()
    let read = try RecordingReader.read(path: path)
    #expect(read.target == profile.target && read.samples.isEmpty && !read.ledger.isComplete)
    // An older recording stays until there is something better.
    let other = directory.file("b.data")
    try write(profile, to: other)
    let replacement = try RecordingWriter(path: other, overwrite: true)
    replacement.setTarget(TargetDescription())
    try replacement.flush()
    expectEqual(try RecordingReader.read(path: other), profile)
  }
}
