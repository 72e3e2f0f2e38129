import Foundation
import Support
import Testing

/// One run of the built binary, in a directory of its own and with a bare environment.
struct Hyflame {
  let status: Int32
  let output: String
  let error: String

  /// Runs `hyflame` with `arguments` in `directory`.
  init(
    _ arguments: String..., in directory: WorkingDirectory, environment: [String: String] = [:]
  ) throws {
    try self.init(
      command: [Self.path] + arguments, in: directory, environment: environment)
  }

  init(arguments: [String], in directory: WorkingDirectory) throws {
    try self.init(command: [Self.path] + arguments, in: directory, environment: [:])
  }

  /// Runs `script` with `$HYFLAME` set: for pipes and redirections.
  init(
    shell script: String, in directory: WorkingDirectory, environment: [String: String] = [:]
  ) throws {
    try self.init(
      command: ["/bin/sh", "-c", script], in: directory, environment: environment)
  }

  private init(
    command: [String], in directory: WorkingDirectory, environment: [String: String]
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
    var variables = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HYFLAME": Self.path]
    variables.merge(environment) { $1 }
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: nothing has to be read while the process runs.
    let streams = try [directory.file(".stdout"), directory.file(".stderr")].map { path in
      _ = FileManager.default.createFile(atPath: path, contents: nil)
      return try #require(FileHandle(forWritingAtPath: path))
    }
    process.standardOutput = streams[0]
    process.standardError = streams[1]
    try process.run()
    process.waitUntilExit()
    status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    output = try String(contentsOfFile: directory.file(".stdout"), encoding: .utf8)
    error = try String(contentsOfFile: directory.file(".stderr"), encoding: .utf8)
  }

  /// The product of the build that these tests belong to: it lies beside the test bundle.
  private static let path: String = {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    let beside = tests.appendingPathComponent("hyflame").path
    return FileManager.default.isExecutableFile(atPath: beside)
      ? beside : repositoryRoot + "/.build/debug/hyflame"
  }()
}
