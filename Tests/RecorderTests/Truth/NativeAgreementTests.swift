import Foundation
import Support
import Testing

/// Native stacks against an outside referee: `perf record --call-graph dwarf` of the same process.
extension RealProcessTests {
  @Suite(.serialized) struct NativeAgreementTests {
    /// The 20 functions that perf finds largest have the same shares within 2 points, as innermost
    /// functions and with what they call.
    @Test(arguments: [Recorded.Way.kernel, .stop])
    func sharesArePerfs(way: Recorded.Way) throws {
      let python = try #require(TestedPython.any().command.last)
      let (status, output) = try Self.run([
        "\(repositoryRoot)/Scripts/native-agreement.py", "--python", python, "--hyflame",
        HyflameProcess.path, "--capture", way.rawValue, "--turns", "2", "--seconds", "2.5",
      ])
      // What this machine lacks; the script says what.
      if status == 3 { try Test.cancel("\(output)") }
      let words = output.split(separator: "\n").last ?? ""
      print("native agreement with perf, \(way): \(words)")
      #expect(status == 0, "\(output)")
    }

    private static func run(_ words: [String]) throws -> (Int32, String) {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: words[0])
      process.arguments = Array(words[1...])
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = pipe
      try Watchdog.start(process, seconds: 90)
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
  }
}
