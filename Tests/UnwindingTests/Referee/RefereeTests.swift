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
    try compare([python, Self.programs + "/callheavy.py"], stops: 500)?.check(python)
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
    try compare([program] + arguments, stops: 1000)?.check("corners.c \(arguments)")
  }

  /// Stacks of a real interpreter, unwound again and again on their copies.
  @Test func aWarmFrameCostsNanoseconds() throws {
    guard let python = Self.interpreters.first(where: FileManager.default.isExecutableFile)
    else {
      print("SKIPPED: no interpreter")
      return
    }
    let program = try TracedProgram([python, Self.programs + "/callheavy.py"])
    defer { program.end() }
    var copies: [(Registers, UInt64, [UInt8])] = []
    var map = MemoryMap(mappings: [])
    for _ in 0..<200 {
      program.run(microseconds: 500)
      try program.stop()
      map = MemoryMap(parsing: program.mapText)
      let registers = try program.registers()
      let (start, bytes) = program.stack(from: registers.rsp, map)
      copies.append((registers, start, bytes))
    }
    let modules = ModuleTable(map, processID: program.processID, readMemory: program.bytes)
    var unwinder = Unwinder()
    var frames: [NativeFrame] = []
    var saved: [SavedRegisters] = []
    func unwindAll() -> Int {
      var count = 0
      for (registers, start, bytes) in copies {
        bytes.withUnsafeBytes { buffer in
          _ = unwinder.unwind(
            registers: registers, stack: StackBytes(start: start, bytes: buffer),
            modules: modules, into: &frames, saved: &saved)
        }
        count += frames.count
      }
      return count
    }
    let cold = nanoseconds { _ = unwindAll() }
    let count = unwindAll()
    let warm = (0..<10).map { _ in nanoseconds { _ = unwindAll() } }.min() ?? 0
    let perFrame = warm / Double(count)
    print(
      "\(count) frames of \(copies.count) stacks: first \(cold) ns, then \(perFrame) ns a frame")
    // Unoptimised builds are slow; what this must catch is a lost cache.
    #expect(perFrame < 20_000)
  }

  /// CPU time of this thread: the machine may be busy.
  private func nanoseconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
    let start = now()
    body()
    return now() - start
  }

  private func temporaryDirectory() throws -> String {
    let path = NSTemporaryDirectory() + "hyflame-unwinding-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  /// Nil where nothing may be traced.
  private func compare(_ arguments: [String], stops: Int) throws -> Verdict? {
    let program: TracedProgram
    do {
      program = try TracedProgram(arguments)
    } catch let failure as TracedProgram.Failure where failure.isPermission {
      print("SKIPPED: this process may not use ptrace")
      return nil
    }
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
    var random = SeededNumbers(seed: 17)
    for stop in 0..<stops {
      program.run(microseconds: .random(in: 100...2500, using: &random))
      try program.stop()
      let registers = try program.registers()
      let text = program.mapText
      if text != mapText {
        mapText = text
        map = MemoryMap(parsing: text)
        modules.update(map, readMemory: program.bytes)
        referee.forget()
      }
      // As perf copies it, and with the red zone.
      let (start, bytes) = program.stack(
        from: registers.rsp, map, redZone: stop.isMultiple(of: 2) ? 0 : 128)
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
