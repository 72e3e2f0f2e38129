import Foundation

/// One of the programs of `Tests/Programs`, which speak the handshake of its README.
public final class TestProgram {
  /// The program's own, also where something else launched it.
  public let pid: Int32
  /// The fields of the ready line.
  public let ready: [String: Any]
  private let process = Process()
  private let input = Pipe()
  private let lines: LineReader

  public enum Failure: Error {
    case build(program: String, status: Int32)
    case noLine(program: String, status: Int32)
  }

  public static let directory = "\(repositoryRoot)/Tests/Programs"

  public static func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// Compiles what a directory of the programs holds in C; returns the path of the result.
  public static func build(_ name: String) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path("\(name)/build.sh"))
    process.standardOutput = output
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure.build(program: name, status: process.terminationStatus)
    }
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)
  }

  /// Starts the program and waits until it is ready. `launcher` is put in front of it:
  /// `hyflame record --`, for example. `place` has a copy of the programs. It is killed after `limit`
  /// seconds.
  public init(
    _ interpreter: Interpreter, _ name: String, _ arguments: [String] = [],
    launcher: [String] = [], in place: String? = nil, limit: Double = 90
  ) throws {
    let directory =
      try place ?? (interpreter.root == nil ? Self.directory : DebianTree.programs())
    let words = launcher + interpreter.command + ["\(directory)/\(name)"] + arguments
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words[1...])
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    lines = LineReader(output.fileHandleForReading)
    try Watchdog.start(process, seconds: limit)
    let ready = try Self.decode(lines, name, process)
    self.ready = ready
    let launched = process.processIdentifier
    pid =
      (ready["pid"] as? Int).map { Self.process($0, launchedBy: launched) }
      ?? launched
  }

  /// The process that calls itself `number`: the launcher's child, if that lives in a PID namespace
  /// of its own.
  private static func process(_ number: Int, launchedBy launcher: Int32) -> Int32 {
    let children = try? String(
      contentsOfFile: "/proc/\(launcher)/task/\(launcher)/children", encoding: .utf8)
    for child in children?.split(separator: " ") ?? [] {
      let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("NSpid:") }
      let numbers = line?.split(separator: "\t").dropFirst() ?? []
      if numbers.count > 1, numbers.last == "\(number)" { return Int32(child) ?? Int32(number) }
    }
    return Int32(number)
  }

  /// Lets it work without waiting for the end of it; and ends what works until it is told.
  public func go() throws { try input.fileHandleForWriting.write(contentsOf: Data([10])) }

  /// Waits for what it says of itself.
  public func truth() throws -> [String: Any] {
    try Self.decode(lines, process.arguments?.first ?? "", process)
  }

  /// Lets it work, and waits for what it says of itself.
  public func run() throws -> [String: Any] {
    try go()
    return try truth()
  }

  /// Kills what launched it, and returns when that is dead. (`wait` returns no earlier than the end of
  /// the program, which has inherited what Foundation waits for.)
  public func killLauncher() {
    let launcher = process.processIdentifier
    kill(launcher, SIGKILL)
    let deadline = Date().addingTimeInterval(5)
    while Date() < deadline,
      let stat = try? String(contentsOfFile: "/proc/\(launcher)/stat", encoding: .utf8),
      !stat.contains(") Z ") || Self.hasSeveralThreads(launcher)
    { usleep(1000) }
  }

  /// A killed process is a zombie by its first thread while others, which trace, still end.
  private static func hasSeveralThreads(_ pid: Int32) -> Bool {
    let tasks = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
    return (tasks?.count ?? 0) > 1
  }

  /// Waits for its end; its exit status as a shell reports it.
  public func wait() -> Int32 {
    process.waitUntilExit()
    return process.shellStatus
  }

  public var isRunning: Bool { process.isRunning }

  deinit {
    guard process.isRunning else { return }
    kill(pid, SIGKILL)
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  private static func decode(
    _ lines: LineReader, _ name: String, _ process: Process
  ) throws -> [String: Any] {
    guard let line = lines.next(),
      let object = try JSONSerialization.jsonObject(with: line) as? [String: Any]
    else {
      process.waitUntilExit()
      throw Failure.noLine(program: name, status: process.terminationStatus)
    }
    return object
  }
}

/// Lines of a pipe, as they come.
final class LineReader {
  private let handle: FileHandle
  private var buffer = Data()

  init(_ handle: FileHandle) { self.handle = handle }

  func next() -> Data? {
    while true {
      if let newline = buffer.firstIndex(of: 10) {
        defer { buffer = Data(buffer[(newline + 1)...]) }
        return buffer[..<newline]
      }
      let more = handle.availableData
      guard !more.isEmpty else { return nil }
      buffer.append(more)
    }
  }
}
