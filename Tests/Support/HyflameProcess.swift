import Foundation

/// A running `hyflame`.
public final class HyflameProcess {
  private let process = Process()
  private let errorOutput = Pipe()
  private let output = Pipe()

  /// `HYFLAME_BINARY`, else the newest of the release and the debug build.
  public static let path: String = {
    if let path = ProcessInfo.processInfo.environment["HYFLAME_BINARY"] { return path }
    let builds = ["release", "debug"].map { "\(repositoryRoot)/.build/\($0)/hyflame" }
    func date(_ path: String) -> Date {
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
      return attributes?[.modificationDate] as? Date ?? .distantPast
    }
    return builds.max { date($0) < date($1) } ?? builds[1]
  }()

  public init(_ arguments: [String]) throws {
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = arguments
    process.standardError = errorOutput
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  public var pid: Int32 { process.processIdentifier }

  public struct Result {
    public var status: Int32
    public var output: String
    public var errors: String
  }

  /// Waits for its end.
  public func wait() -> Result {
    let out = output.fileHandleForReading.readDataToEndOfFile()
    let errors = errorOutput.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    return Result(
      status: status, output: String(decoding: out, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  public func signal(_ number: Int32) { kill(pid, number) }

  /// Runs `hyflame` with these arguments to its end.
  public static func run(_ arguments: [String]) throws -> Result {
    try HyflameProcess(arguments).wait()
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

/// A path in a new directory that goes away with the test process's temporary files.
public func temporaryPath(_ name: String) throws -> String {
  let directory = FileManager.default.temporaryDirectory
    .appendingPathComponent("hyflame-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  return directory.appendingPathComponent(name).path
}
