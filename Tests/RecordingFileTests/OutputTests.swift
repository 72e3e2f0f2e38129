import Foundation
import ProfileModel
import RecordingFile
import Testing

@Suite struct OutputTests {
  let directory: TemporaryDirectory
  let profile = exampleProfile()

  init() throws { directory = try TemporaryDirectory() }

  private func probeError(_ path: String, overwrite: Bool = false) -> RecordingFileError? {
    do {
      try RecordingWriter.probe(path: path, overwrite: overwrite)
      return nil
    } catch { return error }
  }

  private func openError(_ path: String, overwrite: Bool = false) -> RecordingFileError? {
    do {
      _ = try RecordingWriter(path: path, overwrite: overwrite)
      return nil
    } catch { return error }
  }

  @Test func aRecordingIsPrivateToItsOwner() throws {
    let path = directory.file("a.data")
    #expect(probeError(path) == nil)
    #expect(!FileManager.default.fileExists(atPath: path), "probe must not create anything")
    try write(profile, to: path)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func anExistingFileIsKeptUnlessOverwritten() throws {
    let path = directory.file("a.data")
    try write(profile, to: path)
    let before = try bytes(of: path)
    #expect(probeError(path) == .outputExists(path: path))
    #expect(openError(path) == .outputExists(path: path))
    #expect(probeError(path, overwrite: true) == nil)
    #expect(try bytes(of: path) == before)
  }

  @Test func anOverwrittenFileIsKeptUntilThereIsASample() throws {
    let path = directory.file("a.data")
    try write(profile, to: path)
    let before = try bytes(of: path)

    let failed = try RecordingWriter(path: path, overwrite: true)
    failed.add(tablesOf: profile)
    try failed.flush()
    try failed.close()
    failed.discard()
    #expect(try bytes(of: path) == before)

    let second = try RecordingWriter(path: path, overwrite: true)
    var smaller = profile
    smaller.samples = [profile.samples[1]]
    second.add(tablesOf: smaller)
    second.append(sample: smaller.samples[0])
    try second.close()
    expectEqual(try RecordingReader.read(path: path), smaller)
  }

  /// The old file may be one that others read, or hold open.
  @Test func anOverwrittenFileIsReplacedByAPrivateOne() throws {
    let path = directory.file("a.data")
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    try #require(chmod(path, 0o666) == 0)
    if geteuid() == 0 { try #require(chown(path, 64999, 64999) == 0) }
    let old = try #require(FileHandle(forReadingAtPath: path))

    let writer = try RecordingWriter(path: path, overwrite: true)
    writer.add(tablesOf: profile)
    for sample in profile.samples { writer.append(sample: sample) }
    try writer.flush()
    var status = stat()
    try #require(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(status.st_uid == geteuid())
    #expect(try old.readToEnd() == Data("old".utf8))
    try writer.close()
    expectEqual(try RecordingReader.read(path: path), profile)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.data"])
  }

  /// In /tmp only its owner may replace a file, whoever may write to it.
  @Test func anotherUsersFileInASharedDirectoryIsKept() async throws {
    guard geteuid() == 0 else {
      try Test.cancel("it takes root to make a file of another user")
    }
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let path = directory.file("a.data")
      try Data("old".utf8).write(to: URL(fileURLWithPath: path))
      #expect(chmod(path, 0o666) == 0 && chmod(directory.path, 0o1777) == 0)
      #expect(seteuid(64999) == 0)
      #expect(throws: RecordingFileError.unwritable(path: path, errno: EPERM)) {
        try RecordingWriter.probe(path: path, overwrite: true)
      }
      #expect(throws: RecordingFileError.unwritable(path: path, errno: EPERM)) {
        try RecordingWriter(path: path, overwrite: true)
      }
      #expect(seteuid(0) == 0)
    }
  }

  @Test func aNewFileWithoutSamplesIsRemoved() throws {
    let path = directory.file("a.data")
    try RecordingWriter(path: path, overwrite: false).discard()
    #expect(!FileManager.default.fileExists(atPath: path))
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.add(tablesOf: profile)
    try writer.close()
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func linksAreNotFollowed() throws {
    let target = directory.file("precious")
    try Data("keep me".utf8).write(to: URL(fileURLWithPath: target))
    let link = directory.file("link.data")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    #expect(probeError(link, overwrite: true) == .notRegularFile(path: link))
    #expect(openError(link, overwrite: true) == .notRegularFile(path: link))
    let dangling = directory.file("dangling.data")
    try FileManager.default.createSymbolicLink(
      atPath: dangling, withDestinationPath: directory.file("nowhere"))
    #expect(openError(dangling, overwrite: true) == .notRegularFile(path: dangling))
    #expect(try bytes(of: target) == Array("keep me".utf8))
    #expect(!FileManager.default.fileExists(atPath: directory.file("nowhere")))
  }

  @Test func directoriesFifosAndMissingFolders() throws {
    let fifo = directory.file("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    #expect(probeError(fifo, overwrite: true) == .notRegularFile(path: fifo))
    #expect(openError(fifo, overwrite: true) == .notRegularFile(path: fifo))
    #expect(openError(directory.path, overwrite: true) == .notRegularFile(path: directory.path))
    let missing = directory.file("no/such/a.data")
    #expect(probeError(missing) == .unwritable(path: missing, errno: ENOENT))
    #expect(openError(missing) == .unwritable(path: missing, errno: ENOENT))
    #expect(throws: RecordingFileError.notRegularFile(path: fifo)) {
      try RecordingReader.read(path: fifo)
    }
    #expect(throws: RecordingFileError.unreadable(path: missing, errno: ENOENT)) {
      try RecordingReader.read(path: missing)
    }
  }

  /// Whoever tidies a directory up does not know that a recording is being written there.
  @Test(arguments: ["removed", "renamed", "replaced", "taken twice"])
  func aFileThatLosesItsNameIsSaved(_ how: String) throws {
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.add(tablesOf: profile)
    for sample in profile.samples.prefix(40) { writer.append(sample: sample) }
    try writer.flush()
    switch how {
    case "renamed":
      try FileManager.default.moveItem(atPath: path, toPath: directory.file("b.data"))
    case "replaced", "taken twice":
      try FileManager.default.removeItem(atPath: path)
      try Data("another's".utf8).write(to: URL(fileURLWithPath: path))
      guard how == "taken twice" else { break }
      try Data("another's".utf8).write(to: URL(fileURLWithPath: path + ".rescued"))
    default: try FileManager.default.removeItem(atPath: path)
    }
    for sample in profile.samples[40...] { writer.append(sample: sample) }
    let rescue =
      switch how {
      case "replaced": path + ".rescued"
      case "taken twice": path + ".rescued-2"
      default: path
      }
    #expect(throws: RecordingFileError.disturbed(path: path, rescue: rescue)) { try writer.close() }
    expectEqual(try RecordingReader.read(path: rescue), profile)
    if rescue != path { #expect(try bytes(of: path) == Array("another's".utf8)) }
  }

  @Test func aFileThatIsCutIsGivenUp() throws {
    let path = directory.file("a.data")
    let writer = try RecordingWriter(path: path, overwrite: false)
    writer.add(tablesOf: profile)
    for sample in profile.samples { writer.append(sample: sample) }
    try writer.flush()
    let size = try bytes(of: path).count
    #expect(truncate(path, off_t(size - 1)) == 0)
    writer.append(sample: profile.samples[0])
    #expect(throws: RecordingFileError.disturbed(path: path, rescue: nil)) { try writer.flush() }
    #expect(try bytes(of: path).count == size - 1)
  }

  @Test func aHoleAtTheBeginning() throws {
    let path = directory.file("a.data")
    try Data(count: 500).write(to: URL(fileURLWithPath: path))
    #expect(throws: RecordingFileError.emptied(path: path)) { try RecordingReader.read(path: path) }
  }

  /// In a process of its own, because a limit on the size of files stands in for a full disk, and
  /// limits hold for a whole process.
  @Test func aFullDiskIsReportedAndRetried() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let profile = exampleProfile()
      let path = directory.file("a.data")
      let writer = try RecordingWriter(path: path, overwrite: false)
      writer.add(tablesOf: profile)
      for sample in profile.samples.prefix(40) { writer.append(sample: sample) }
      try writer.flush()
      let flushed = try bytes(of: path)

      _ = signal(SIGXFSZ, SIG_IGN)
      limitFileSize(flushed.count + 30)
      for sample in profile.samples[40..<80] { writer.append(sample: sample) }
      #expect(throws: RecordingFileError.writeFailed(path: path, errno: EFBIG)) {
        try writer.flush()
      }
      #expect(try bytes(of: path) == flushed)
      for sample in profile.samples[80...] { writer.append(sample: sample) }
      #expect(throws: RecordingFileError.writeFailed(path: path, errno: EFBIG)) {
        try writer.close()
      }
      limitFileSize(nil)
      try writer.close()
      try writer.close()
      expectEqual(try RecordingReader.read(path: path), profile)
    }
  }
}

/// Keeps this process from growing any file beyond `size` bytes; nil takes the limit back.
private func limitFileSize(_ size: Int?) {
  let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
  var limit = rlimit()
  _ = getrlimit(resource, &limit)
  limit.rlim_cur = size.map { rlim_t($0) } ?? limit.rlim_max
  #expect(setrlimit(resource, &limit) == 0)
}
