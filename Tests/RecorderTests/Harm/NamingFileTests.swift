import Foundation
import Testing

@testable import Recorder

/// A file in which a target names its code counts only where nobody else can have written it.
@Suite struct NamingFileTests {
  private let root: String

  init() throws {
    root = NSTemporaryDirectory() + "hyflame-naming-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: root + "/tmp", withIntermediateDirectories: true)
    try Data("1000 10 name\n".utf8).write(to: URL(fileURLWithPath: root + "/tmp/perf-1.map"))
  }

  private func bytes(
    _ path: String, user: UInt32 = geteuid(), group: UInt32 = getegid()
  ) -> [UInt8]? {
    JitFile(path: path, root: root, user: user, group: group)?.readMore()
  }

  @Test func ownFileCounts() {
    #expect(bytes("/tmp/perf-1.map") == Array("1000 10 name\n".utf8))
    #expect(bytes("/tmp/perf-2.map") == nil)
  }

  /// Whoever takes it apart has samples to take, too.
  @Test func aLargeFileIsReadInSteps() throws {
    let line = "1000 10 name\n"
    let text = String(repeating: line, count: 100_000)
    try Data(text.utf8).write(to: URL(fileURLWithPath: root + "/tmp/perf-1.map"))
    let file = try #require(
      JitFile(path: "/tmp/perf-1.map", root: root, user: geteuid(), group: getegid()))
    var all: [UInt8] = []
    while case let more = file.readMore(), !more.isEmpty {
      #expect(more.count <= 1 << 18)
      all += more
      #expect(file.remaining == text.utf8.count - all.count)
    }
    #expect(all == Array(text.utf8))
  }

  @Test func foreignFileDoesNot() throws {
    guard geteuid() == 0 else {
      try Test.cancel("it takes root to make a file of another user")
    }
    #expect(chown(root + "/tmp/perf-1.map", 64999, 64999) == 0)
    #expect(bytes("/tmp/perf-1.map", user: 1000) == nil)
    #expect(bytes("/tmp/perf-1.map", user: 0) == nil)
    #expect(bytes("/tmp/perf-1.map", user: 64999) != nil)
    // Root may write what it likes about anybody.
    #expect(chown(root + "/tmp/perf-1.map", 0, 0) == 0)
    #expect(bytes("/tmp/perf-1.map", user: 64999) != nil)
  }

  @Test func fileThatOthersMayWriteDoesNot() {
    let file = root + "/tmp/perf-1.map"
    for (mode, isBelieved) in [(0o666, false), (0o606, false), (0o602, false), (0o644, true)] {
      #expect(chmod(file, mode_t(mode)) == 0)
      #expect((bytes("/tmp/perf-1.map") != nil) == isBelieved, "mode \(String(mode, radix: 8))")
    }
  }

  @Test func fileThatAGroupMayWriteCountsIfItIsTheTargets() throws {
    guard geteuid() == 0 else {
      try Test.cancel("it takes root to make a file of another group")
    }
    let file = root + "/tmp/perf-1.map"
    #expect(chown(file, 0, 64999) == 0 && chmod(file, 0o664) == 0)
    #expect(bytes("/tmp/perf-1.map") == nil)
    #expect(bytes("/tmp/perf-1.map", group: 64999) != nil)
    #expect(chmod(file, 0o644) == 0)
    #expect(bytes("/tmp/perf-1.map") != nil)
  }

  @Test func linksAndOtherFilesDoNot() throws {
    let files = FileManager.default
    let secret = root + "-secret"
    try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
    try files.createSymbolicLink(
      atPath: root + "/tmp/perf-3.map", withDestinationPath: "perf-1.map")
    #expect(bytes("/tmp/perf-3.map") == nil)
    try files.createSymbolicLink(
      atPath: root + "/other", withDestinationPath: (secret as NSString).deletingLastPathComponent)
    #expect(bytes("/other/" + (secret as NSString).lastPathComponent) == nil)
    #expect(bytes("/../" + (secret as NSString).lastPathComponent) == nil)
    #expect(mkfifo(root + "/tmp/perf-4.map", 0o600) == 0)
    #expect(bytes("/tmp/perf-4.map") == nil)
  }
}
