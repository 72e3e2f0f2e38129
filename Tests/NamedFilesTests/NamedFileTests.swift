import Foundation
import Testing

@testable import NamedFiles

/// What a target names is read only if it is a plain file, inside its root, that its user may read.
@Suite struct NamedFileTests {
  private let directory: String

  init() throws {
    var template = Array((NSTemporaryDirectory() + "/hyflame-named-XXXXXX").utf8CString)
    _ = try #require(mkdtemp(&template))
    directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    try #require(chmod(directory, 0o755) == 0)
    try write("open.py", 0o644)
    try write("closed.py", 0o600)
    try FileManager.default.createDirectory(
      atPath: directory + "/room", withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    try write("room/within.py", 0o644)
  }

  private func write(_ name: String, _ mode: mode_t) throws {
    try Data(name.utf8).write(to: URL(fileURLWithPath: directory + "/" + name))
    try #require(chmod(directory + "/" + name, mode) == 0)
  }

  private func text(
    _ name: String, as reader: FileReader? = nil, links: NamedFile.Links = .all
  ) throws(FileRefusal) -> String {
    let descriptor = try NamedFile.open(directory + "/" + name, as: reader, links: links)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static let stranger = FileReader(user: 64999, group: 64999)

  @Test func leastOfTwoUsers() {
    let root = FileReader(user: 0, group: 0)
    let other = FileReader(user: 7, group: 7, groups: [8])
    #expect(root.least(other) == other && other.least(root) == other)
    #expect(other.least(other) == other && other.least(Self.stranger) == .anybody)
    #expect(FileReader.anybody.least(other) == .anybody)
    #expect(FileReader.anybody.least(root) == .anybody)
    // Somebody else may share a group, or not.
    #expect(other.least(FileReader(user: 7, group: 7)) == .anybody)
  }

  @Test func realUserOfAProgramThatIsSetUserID() {
    let status = "Name:\tx\nUid:\t5\t0\t0\t0\nGid:\t6\t0\t0\t0\nGroups:\t6 9 \n"
    #expect(FileReader(status: status) == FileReader(user: 0, group: 0, groups: [6, 9]))
    #expect(FileReader(status: status, column: 0) == FileReader(user: 5, group: 6, groups: [6, 9]))
  }

  @Test func whatWeMayReadIsRead() throws {
    #expect(try text("open.py") == "open.py")
    #expect(try text("closed.py") == "closed.py")
    #expect(throws: FileRefusal.unreachable(errno: ENOENT)) { try text("missing.py") }
  }

  @Test func anotherUserMayNotReadWhatIsNotTheirs() throws {
    guard geteuid() == 0 else { try Test.cancel("it takes root to read as another user") }
    #expect(try text("open.py", as: Self.stranger) == "open.py")
    #expect(throws: FileRefusal.unreachable(errno: EACCES)) {
      try text("closed.py", as: Self.stranger)
    }
    // Everybody may read the file, but not come to it.
    #expect(throws: FileRefusal.unreachable(errno: EACCES)) {
      try text("room/within.py", as: Self.stranger)
    }
    try #require(chown(directory + "/closed.py", 0, 64998) == 0)
    try #require(chmod(directory + "/closed.py", 0o640) == 0)
    let member = FileReader(user: 64999, group: 64999, groups: [64998])
    #expect(try text("closed.py", as: member) == "closed.py")
    // The thread is who it was.
    #expect(try text("room/within.py") == "room/within.py")
    #expect(try text("closed.py") == "closed.py")
    #expect(FileReader(ofProcess: getpid()).user == 0)
  }

  @Test func whatIsNotPlainIsNotOpened() throws {
    try #require(mkfifo(directory + "/pipe.py", 0o666) == 0)
    // Somebody who waits for a reader goes on waiting: the pipe is not opened for a moment either.
    #expect(throws: FileRefusal.notPlain) { try text("pipe.py") }
    #expect(throws: FileRefusal.notPlain) { try NamedFile.open("/dev/null") }
    #expect(throws: FileRefusal.notPlain) { try NamedFile.open("/proc/self/maps") }
    #expect(throws: FileRefusal.notPlain) { try NamedFile.open("/sys/kernel/notes") }
    #expect(throws: FileRefusal.notPlain) { try NamedFile.open(directory) }
  }

  @Test func theFileCountsNotTheLink() throws {
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: directory + "/link.py", withDestinationPath: directory + "/open.py")
    #expect(try text("link.py") == "open.py")
    #expect(throws: FileRefusal.notPlain) { try text("link.py", links: .notLast) }
    var seen = ""
    #expect(throws: FileRefusal.elsewhere) {
      try NamedFile.open(directory + "/link.py") { path, _ in
        seen = path
        return false
      }
    }
    #expect(seen.hasSuffix("/open.py"))
    // The kernel's own links lead to whatever is open.
    try files.createSymbolicLink(
      atPath: directory + "/magic.py", withDestinationPath: "/proc/self/exe")
    #expect(throws: FileRefusal.unreachable(errno: ELOOP)) { try text("magic.py") }
  }

  @Test func aReaderIsReadFromTheStatusOfAProcess() {
    let status = "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \n"
    #expect(FileReader(status: status) == FileReader(user: 4, group: 8, groups: [9, 10]))
    #expect(FileReader(status: "Uid:\t1\n") == nil)
    #expect(FileReader(ofProcess: .max) == .anybody)
  }
}
