public import Foundation

/// A running `hyflame`.
public final class HyflameProcess {
  private let process = Process()
  private let errorOutput = Pipe()
  private let output = Pipe()

  /// `HYFLAME_BINARY`, else the release build: what a user gets. A debug build, which every test
  /// run makes anew, is too slow to keep up with 1,000 samples a second.
  public static let path: String = {
    if let path = ProcessInfo.processInfo.environment["HYFLAME_BINARY"] { return path }
    let builds = ["release", "debug"].map { "\(repositoryRoot)/.build/\($0)/hyflame" }
    return builds.first(where: FileManager.default.isExecutableFile) ?? builds[1]
  }()

  /// Starts `hyflame arguments`; `launcher` is put in front of it: `setpriv`, for example.
  public init(
    _ arguments: [String], launcher: [String] = [], binary: String = path, input: Pipe? = nil
  ) throws {
    let words = launcher + [binary] + arguments
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words[1...])
    process.standardError = errorOutput
    process.standardOutput = output
    process.standardInput = input ?? FileHandle.nullDevice
    try Watchdog.start(process, seconds: 90)
  }

  public var pid: Int32 { process.processIdentifier }

  public var isRunning: Bool { process.isRunning }

  public struct Result {
    /// As a shell reports it: 128 + n after signal n.
    public var status: Int32
    public var output: String
    public var errors: String
  }

  /// Waits for its end.
  public func wait() -> Result {
    let out = output.fileHandleForReading.readDataToEndOfFile()
    let errors = errorOutput.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.shellStatus
    return Result(
      status: status, output: String(decoding: out, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  deinit {
    guard process.isRunning else { return }
    kill(pid, SIGKILL)
    process.waitUntilExit()
  }

  public func signal(_ number: Int32) { kill(pid, number) }

  /// Runs `hyflame` with these arguments to its end.
  public static func run(_ arguments: [String]) throws -> Result {
    try HyflameProcess(arguments).wait()
  }

  /// Runs `hyflame` with these bytes on its standard input; what came out of the other end, exactly.
  public static func run(
    _ arguments: [String], input: Data
  ) throws -> (status: Int32, output: Data, errors: String) {
    let pipe = Pipe()
    let hyflame = try HyflameProcess(arguments, input: pipe)
    // A pipe holds 64 KiB: what goes in and what comes out must flow at the same time.
    let writer = Thread {
      try? pipe.fileHandleForWriting.write(contentsOf: input)
      try? pipe.fileHandleForWriting.close()
    }
    writer.start()
    let output = hyflame.output.fileHandleForReading.readDataToEndOfFile()
    let end = hyflame.wait()
    return (end.status, output, end.errors)
  }

  /// Attaches to `pid`, and returns when every thread of it is traced.
  public static func attach(
    to pid: Int32, output: String, _ options: [String] = []
  ) throws -> HyflameProcess {
    let hyflame = try HyflameProcess(
      ["record", "-p", "\(pid)", "-o", output, "--force", "-q"] + options)
    let deadline = Date().addingTimeInterval(10)
    while Date() < deadline, hyflame.process.isRunning, !isTraced(pid, by: hyflame.pid) {
      usleep(2000)
    }
    return hyflame
  }

  private static func isTraced(_ pid: Int32, by tracer: Int32) -> Bool {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
    return !tasks.isEmpty
      && tasks.allSatisfy { tid in
        let status =
          (try? String(contentsOfFile: "/proc/\(pid)/task/\(tid)/status", encoding: .utf8))
        let line = status?.split(separator: "\n").first { $0.hasPrefix("TracerPid:") }
        return line.map { !$0.hasSuffix("\t0") } ?? true
      }
  }
}

extension Process {
  /// Its exit status as a shell reports it: 128 + n after signal n.
  var shellStatus: Int32 {
    terminationReason == .exit ? terminationStatus : 128 + terminationStatus
  }
}

/// A path in a new directory, which goes away when the test process ends.
public func temporaryPath(_ name: String) throws -> String {
  let directory = temporaryRoot.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  return directory.appendingPathComponent(name).path
}

private let temporaryRoot: URL = {
  atexit { try? FileManager.default.removeItem(at: temporaryRoot) }
  return FileManager.default.temporaryDirectory
    .appendingPathComponent("hyflame-test-\(UUID().uuidString)")
}()
