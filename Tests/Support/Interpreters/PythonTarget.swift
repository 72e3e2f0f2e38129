public import Foundation

/// A running Python program that prints one line when it has reached the place to be looked at
/// and then blocks until its standard input is closed.
public final class PythonTarget {
  public let pid: Int32
  /// The line that the program printed.
  public let report: Data
  private let process: Process
  private let input = Pipe()

  public enum Failure: Error {
    case endedEarly(status: Int32)
  }

  /// Starts `interpreter -c source` and waits for its line.
  public init(
    _ interpreter: Interpreter, source: String, options: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    process = Process()
    process.executableURL = URL(fileURLWithPath: interpreter.command[0])
    process.arguments = interpreter.command.dropFirst() + options + ["-c", source]
    process.environment =
      ["PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"].merging(environment) { $1 }
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    pid = process.processIdentifier
    var line = Data()
    while line.last != UInt8(ascii: "\n") {
      guard let more = try output.fileHandleForReading.read(upToCount: 1), !more.isEmpty else {
        process.waitUntilExit()
        throw Failure.endedEarly(status: process.terminationStatus)
      }
      line.append(more)
      if line.count > 1, let rest = try Self.available(output) { line.append(rest) }
    }
    report = line
  }

  /// What the pipe holds already; the line may be long.
  private static func available(_ pipe: Pipe) throws -> Data? {
    var waiting = pollfd(
      fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&waiting, 1, 0) == 1, waiting.revents & Int16(POLLIN) != 0 else { return nil }
    return pipe.fileHandleForReading.availableData
  }

  public func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try JSONDecoder().decode(type, from: report)
  }

  /// Lets a program that waits for one byte of standard input go on.
  public func resume() { try? input.fileHandleForWriting.write(contentsOf: Data([10])) }

  /// Kills the program: it blocks inside of mechanisms that would not all end by themselves.
  public func end() {
    guard process.isRunning else { return }
    kill(pid, SIGKILL)
    process.waitUntilExit()
  }

  deinit { end() }
}
