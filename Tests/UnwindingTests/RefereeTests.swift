import Foundation
import SampleTypes
import Support
import Symbols
import Testing
import Unwinding

/// Real programs are stopped at random instants; our stacks, made from copied registers and bytes,
/// must be libunwind's, made from the stopped thread.
@Suite(.serialized)
struct RefereeTests {
  private static let programs = repositoryRoot + "/Tests/Fixtures/unwinding"

  private static let interpreters: [String] = {
    let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
    return ["3.11.7", "3.12.1", "3.13.0"].map { "\(home)/.pyenv/versions/\($0)/bin/python3" }
      + ["/usr/bin/python3"]
  }()

  @Test(arguments: interpreters)
  func interpretersStacksAgree(python: String) throws {
    guard FileManager.default.isExecutableFile(atPath: python) else {
      print("SKIPPED: no interpreter at \(python)")
      return
    }
    let verdict = try compare([python, Self.programs + "/callheavy.py"], stops: 500)
    verdict.check(python)
  }

  @Test(arguments: [[], ["thread"]])
  func cornerCasesAgree(arguments: [String]) throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let program = directory + "/corners"
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/gcc")
    compiler.arguments = ["-O2", "-pthread", "-o", program, Self.programs + "/corners.c"]
    do { try compiler.run() } catch {
      print("SKIPPED: no gcc")
      return
    }
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    let verdict = try compare([program] + arguments, stops: 1000)
    verdict.check("corners.c \(arguments)")
  }

  private func temporaryDirectory() throws -> String {
    let path = NSTemporaryDirectory() + "hyflame-unwinding-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func compare(_ arguments: [String], stops: Int) throws -> Verdict {
    let program = try TracedProgram(arguments)
    defer { program.end() }
    try program.stop()
    var mapText = program.mapText
    var map = MemoryMap(parsing: mapText)
    let modules = ModuleTable(map, processID: program.processID, readMemory: program.bytes)
    let referee = try #require(Referee(thread: program.thread))
    var unwinder = Unwinder()
    var verdict = Verdict(modules: modules)
    var frames: [NativeFrame] = []
    var saved: [SavedRegisters] = []
    for _ in 0..<stops {
      program.run(microseconds: .random(in: 100...2500))
      try program.stop()
      let registers = try program.registers()
      let text = program.mapText
      if text != mapText {
        mapText = text
        map = MemoryMap(parsing: text)
        modules.update(map, readMemory: program.bytes)
        referee.forget()
      }
      let (start, bytes) = program.stack(from: registers.rsp, map)
      let theirs = referee.stack()
      let outcome = bytes.withUnsafeBytes {
        unwinder.unwind(
          registers: registers, stack: StackBytes(start: start, bytes: $0), modules: modules,
          into: &frames, saved: &saved)
      }
      #expect(frames.count == saved.count)
      verdict.add(ours: frames, saved, outcome, theirs: theirs)
    }
    return verdict
  }
}
