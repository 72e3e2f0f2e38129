import Foundation

/// One of the programs of `Tests/Programs`, which speak the handshake of its README.
public final class TestProgram {
  public let pid: Int32
  /// The fields of the ready line.
  public let ready: [String: Any]
  private let process = Process()
  private let input = Pipe()
  private let lines: LineReader

  public enum Failure: Error {
    case noLine(program: String, status: Int32)
  }

  public static func path(_ name: String) -> String { "\(repositoryRoot)/Tests/Programs/\(name)" }

  /// Starts the program and waits until it is ready.
  public init(_ interpreter: Interpreter, _ name: String, _ arguments: [String] = []) throws {
    process.executableURL = URL(fileURLWithPath: interpreter.path)
    process.arguments = [Self.path(name)] + arguments
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    lines = LineReader(output.fileHandleForReading)
    try process.run()
    pid = process.processIdentifier
    ready = try Self.decode(lines, name, process)
  }

  /// Lets it work, and waits for what it says of itself.
  public func run() throws -> [String: Any] {
    try input.fileHandleForWriting.write(contentsOf: Data([10]))
    return try Self.decode(lines, process.arguments?.first ?? "", process)
  }

  /// Waits for its end; its exit status.
  public func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  public var isRunning: Bool { process.isRunning }

  deinit {
    guard process.isRunning else { return }
    kill(pid, SIGKILL)
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
