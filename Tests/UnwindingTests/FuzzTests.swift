import Foundation
import SampleTypes
import Support
import Testing

@testable import Symbols
@testable import Unwinding

/// Damaged call frame information, cut files and random stacks: 100,000 seeded cases that must end,
/// without a trap and without memory beyond a bound.
struct FuzzTests {
  private static let cases = 100_000
  /// Stacks for each damaged file.
  private static let stacksPerFile = 20
  private static let base: UInt64 = 0x7f00_0000_0000
  /// Code in no file.
  private static let madeCode: UInt64 = 0x7f80_0000_0000
  private static let stackStart: UInt64 = 0x7ffe_0000_0000

  @Test func anyFileAndAnyStackEnd() throws {
    guard let whole = try image() else { return print("SKIPPED: no gcc") }
    let information = try ElfImage(bytes: whole)
    let frame = try #require(information.section(named: ".eh_frame"))
    let text = try #require(information.section(named: ".text"))
    var random = SeededNumbers(seed: 42)
    var outcomes: [UnwindOutcome: Int] = [:]
    var deepest = 0
    // From here on, not since the process began.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let before = peakBytes()
    var done = 0
    var longest: Duration = .zero
    let watchdog = HangWatchdog(seconds: 60, what: "unwinding a damaged file")
    defer { watchdog.stop() }
    while done < Self.cases {
      watchdog.notice()
      let began = Self.cpuTime()
      let table = ModuleTable(
        Self.map(whole.count), readMemory: { [bytes = damaged(whole, frame, &random)] _ in bytes })
      var unwinder = Unwinder()
      for _ in 0..<Self.stacksPerFile {
        let (outcome, depth) = unwind(&unwinder, table, text, &random)
        outcomes[outcome, default: 0] += 1
        deepest = max(deepest, depth)
        done += 1
      }
      longest = max(longest, Self.cpuTime() - began)
    }
    let growth = peakBytes() - before
    print(
      "\(done) cases: \(outcomes), deepest \(deepest), memory grew by \(growth >> 20) MiB, "
        + "longest \(longest) for \(Self.stacksPerFile)")
    #expect(outcomes.count >= 5)
    // Of CPU time, a file with its stacks; a few milliseconds without optimization.
    #expect(longest < .seconds(2))
    // Other tests run beside this one; a single bad register number used to take gigabytes.
    #expect(growth < 160 << 20)
  }

  private static func cpuTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Random words, with addresses of code and of the stack among them.
  private func unwind(
    _ unwinder: inout Unwinder, _ table: ModuleTable, _ text: ElfSection,
    _ random: inout SeededNumbers
  ) -> (UnwindOutcome, Int) {
    func code() -> UInt64 { Self.base + text.address + random.next() % text.size }
    func made() -> UInt64 { Self.madeCode + random.next() % 0x1000 }
    func stack() -> UInt64 { Self.stackStart + random.next() % 1024 }
    func word() -> UInt64 {
      switch random.next() % 4 {
      case 0: random.next()
      case 1: stack() & ~7
      case 2: random.next() % 8 == 0 ? made() : random.next() % 64
      default: code()
      }
    }
    let words = (0..<128).map { _ in word() }
    var registers = Registers()
    for number in 0..<16 { registers.set(dwarf: number, word()) }
    registers.rip = random.next() % 4 == 0 ? made() : code()
    registers.rsp = random.next() % 8 == 0 ? word() : stack() & ~7
    let keys = random.next() % 2 == 0 ? [] : [stack() & ~7].sorted()
    var frames: [NativeFrame] = []
    var saved: [SavedRegisters] = []
    let outcome = words.withUnsafeBytes {
      unwinder.unwind(
        registers: registers, stack: StackBytes(start: Self.stackStart, bytes: $0), modules: table,
        activationKeys: keys, into: &frames, saved: &saved)
    }
    #expect(!frames.isEmpty && frames.count == saved.count)
    return (outcome, frames.count)
  }

  /// Most damage goes where unwinding looks.
  private func damaged(
    _ whole: [UInt8], _ frame: ElfSection, _ random: inout SeededNumbers
  ) -> [UInt8] {
    var bytes = whole
    for _ in 0..<random.next() % 7 {
      let index = Int(frame.fileOffset + random.next() % frame.size)
      bytes[index] =
        random.next() % 3 == 0
        ? [0x00, 0xff, 0x7f, 0x80][Int(random.next() % 4)]
        : UInt8(truncatingIfNeeded: random.next())
    }
    switch random.next() % 8 {
    case 0: bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
    case 1:
      bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes[Int(random.next() % 64)] = UInt8(truncatingIfNeeded: random.next())
    default: break
    }
    return bytes
  }

  /// The file is "mapped" as a vdso is: its bytes come from memory.
  private static func map(_ count: Int) -> MemoryMap {
    let end = base + UInt64(count + 0xffff) & ~0xfff
    return MemoryMap(
      parsing: "\(String(base, radix: 16))-\(String(end, radix: 16)) r-xp 00000000 00:00 0 [vdso]\n"
        + "\(String(madeCode, radix: 16))-\(String(madeCode + 0x1000, radix: 16)) rwxp 00000000 00:00 0\n"
    )
  }

  /// Small, with rows of all kinds: linked so that file offsets are addresses.
  private func image() throws -> [UInt8]? {
    let source = """
      __attribute__((noinline)) int leaf(int a) { return a * 3; }
      int deep(int a) { volatile int b[100]; b[a % 100] = leaf(a); return b[a % 100] + leaf(b[2]); }
      double wide(double x) { __attribute__((aligned(64))) volatile double y[9] = {x}; return deep((int)y[0]); }
      int variable(int n) { volatile int b[n]; b[n - 1] = deep(n); return b[0]; }
      int all(int a, int b, int c) {
        int s = 0;
        for (int i = 0; i < a; i++) s += deep(i) * b + variable(c + i) + (int)wide(s);
        return s;
      }
      """
    let path = NSTemporaryDirectory() + "hyflame-fuzz-\(UUID().uuidString)"
    defer { for end in ["", ".c"] { try? FileManager.default.removeItem(atPath: path + end) } }
    try source.write(toFile: path + ".c", atomically: true, encoding: .utf8)
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/gcc")
    compiler.arguments = [
      "-shared", "-fPIC", "-O1", "-nostdlib", "-Wl,-z,noseparate-code", "-o", path, path + ".c",
    ]
    do { try compiler.run() } catch { return nil }
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Most memory that the process had at once.
  private func peakBytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let words = line?.split { $0 == " " || $0 == "\t" } ?? []
    return words.count > 1 ? (Int(words[1]) ?? .max) << 10 : .max
  }
}
