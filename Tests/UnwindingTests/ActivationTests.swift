import Foundation
import SampleTypes
import Support
import Symbols
import Testing

@testable import Unwinding

/// Stacks of `activation.s`, written down word by word; the file is "mapped" by a literal memory
/// map, so no process is involved.
struct ActivationTests {
  private static let bias: UInt64 = 0x5555_0000_0000
  private static let jit: UInt64 = 0x7777_0000_0000
  private static let top: UInt64 = 0x7ffe_0000_0000

  /// Makes the file, its module table and the addresses of its symbols.
  private func withProgram(
    _ body: (ModuleTable, (String) throws -> UInt64) throws -> Void
  ) throws {
    let path = NSTemporaryDirectory() + "hyflame-activation-\(UUID().uuidString).so"
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/gcc")
    compiler.arguments = [
      "-shared", "-nostdlib", "-o", path,
      repositoryRoot + "/Tests/Fixtures/unwinding/activation.s",
    ]
    do { try compiler.run() } catch {
      print("SKIPPED: no gcc")
      return
    }
    compiler.waitUntilExit()
    try #require(compiler.terminationStatus == 0)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = try #require(try ElfImage(path: path).section(named: ".text"))
    func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
    let page = Self.bias + text.address & ~0xfff
    let table = ModuleTable(
      MemoryMap(
        parsing: "\(hexadecimal(page))-\(hexadecimal(page + 0x1000)) r-xp "
          + "\(hexadecimal(text.fileOffset & ~0xfff)) 08:01 9 \(path)\n"
          + "\(hexadecimal(Self.jit))-\(hexadecimal(Self.jit + 0x1000)) r-xp 00000000 00:00 0\n"))
    let module = try #require(table.loadedModules.first)
    try body(table) { name in
      module.address(ofLinkAddress: try #require(module.symbols.symbol(named: name)).address)
    }
  }

  /// From eval's stack pointer on: 9 words of its own, rbx, rbp, return address; then outer's 3
  /// words and return address. `CFA - key` is 96 - 16 = 80 with the key in eval's third word.
  private func stack(_ symbol: (String) throws -> UInt64, below: [UInt64] = []) throws
    -> LiteralStack
  {
    let eval: [UInt64] =
      Array(repeating: 0xeee, count: 9) + [0xb, 0xbb, try symbol("outer_return")]
    let outer: [UInt64] = [1, 2, 3, try symbol("bottom_return"), 0, 0]
    let words = below + eval + outer
    return LiteralStack(start: Self.top - UInt64(words.count * 8), words: words)
  }

  private func unwind(
    _ unwinder: inout Unwinder, _ stack: LiteralStack, _ modules: ModuleTable,
    keys: [UInt64] = [], _ change: (inout Registers) -> Void
  ) -> (frames: [NativeFrame], saved: [SavedRegisters], outcome: UnwindOutcome) {
    var registers = Registers()
    registers.rsp = stack.start
    change(&registers)
    var frames: [NativeFrame] = []
    var saved: [SavedRegisters] = []
    let outcome = stack.withBytes {
      unwinder.unwind(
        registers: registers, stack: $0, modules: modules, activationKeys: keys, into: &frames,
        saved: &saved)
    }
    return (frames, saved, outcome)
  }

  @Test func framesOwnTheirBytes() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stack = try stack(symbol)
      let entry = try symbol("eval_return")
      let (frames, saved, outcome) = unwind(&unwinder, stack, modules) { $0.rip = entry }
      #expect(outcome == .complete)
      #expect(
        try frames.map(\.address)
          == [entry, symbol("outer_return"), symbol("bottom_return")])
      #expect(frames.map(\.stackPointer) == [stack.start, stack.address(12), stack.address(16)])
      #expect(frames.map(\.cfa) == [stack.address(12), stack.address(16), stack.address(17)])
      #expect(frames.map(\.isReturnAddress) == [false, true, true])
      #expect(frames.map(\.origin) == [.registers, .callFrameInfo, .callFrameInfo])
      #expect(saved.map(\.rbx) == [0, 0xb, 0xb] && saved.map(\.rbp) == [0, 0xbb, 0xbb])
    }
  }

  @Test func everyShorterCopySaysThatTheStackEnds() throws {
    try withProgram { modules, symbol in
      let whole = try stack(symbol)
      let entry = try symbol("eval_return")
      for count in 0..<16 {
        var unwinder = Unwinder()
        let part = LiteralStack(start: whole.start, words: Array(whole.words.prefix(count)))
        let result = unwind(&unwinder, part, modules) { $0.rip = entry }
        #expect(result.outcome == .truncated(.stackEnds))
        #expect(result.frames.count == (count < 12 ? 1 : 2))
      }
    }
  }

  /// Code of the interpreter's own JIT compiler: neither frame pointer nor call frame information.
  @Test func theActivationKeyBridgesTheInterpretersJIT() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      unwinder.interpreterHasJIT = true
      let below: [UInt64] = [7, try symbol("outer_return"), try symbol("eval_return")]
      let stack = try stack(symbol, below: below)
      let key = stack.address(3 + 2)
      let inJIT = { (registers: inout Registers) in
        registers.rip = Self.jit + 0x123
        registers.rbx = 0x1b
        registers.r12 = 0x12
      }
      let before = unwind(&unwinder, stack, modules, keys: [key], inJIT)
      #expect(before.outcome == .complete && before.frames.count == 4)

      let suspended = NativeFrame(
        address: try symbol("eval_return"), stackPointer: stack.address(3), cfa: stack.address(15),
        isReturnAddress: true, origin: .callFrameInfo)
      unwinder.learnActivation(frame: suspended, key: key, modules: modules)
      unwinder.learnActivation(frame: suspended, key: key, modules: modules)
      #expect(unwinder.activations.map(\.distance) == [80])

      let after = unwind(&unwinder, stack, modules, keys: [key], inJIT)
      #expect(after.outcome == .complete)
      #expect(
        try after.frames.map(\.address)
          == [Self.jit + 0x123, symbol("outer_return"), symbol("bottom_return")])
      #expect(after.frames[0].cfa == stack.address(15), "the JIT frame owns the key")
      #expect(after.frames[1].origin == .activationKey)
      #expect(after.saved[1].rbx == 0xb && after.saved[1].rbp == 0xbb)
      #expect(after.saved[1].r12 == 0, "what JIT code did to r12 is unknown")
      // A key that was not the activation's is refused.
      for wrong in [key + 8, .max] {
        let result = unwind(&unwinder, stack, modules, keys: [wrong], inJIT)
        #expect(result.outcome == .truncated(.noUnwindInfo))
      }
    }
  }

  /// Without a JIT in the interpreter such code was called by somebody, through a function pointer.
  @Test func anonymousCodeReturnsToWhatCalledIt() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stale = try [symbol("outer_return"), 5, symbol("bottom_return"), 7]
      let stack = try stack(symbol, below: stale + [symbol("eval_return")])
      let key = stack.address(5 + 2)
      let result = unwind(&unwinder, stack, modules, keys: [key]) { $0.rip = Self.jit + 0x123 }
      #expect(result.outcome == .complete)
      #expect(
        try result.frames.map(\.address)
          == [
            Self.jit + 0x123, symbol("eval_return"), symbol("outer_return"),
            symbol("bottom_return"),
          ])
      #expect(result.frames[0].cfa == stack.address(5), "eval's frame owns the key")
      #expect(result.frames[1].origin == .stackScan)
    }
  }

  /// Where the words lead nowhere the key leads out, but the frame does not count as the activation's.
  @Test func aKeyThatJumpsOverFramesHasNoHost() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stack = try stack(symbol, below: [7, 8])
      let key = stack.address(2 + 2)
      let suspended = NativeFrame(
        address: try symbol("eval_return"), stackPointer: stack.address(2), cfa: stack.address(14),
        isReturnAddress: true, origin: .callFrameInfo)
      unwinder.learnActivation(frame: suspended, key: key, modules: modules)
      let result = unwind(&unwinder, stack, modules, keys: [key]) { $0.rip = Self.jit + 0x123 }
      #expect(result.outcome == .complete && result.frames.count == 3)
      #expect(result.frames[1].origin == .activationKey)
      #expect(result.frames.allSatisfy { key < $0.stackPointer || $0.cfa <= key })
    }
  }

  @Test func theFramePointerLeadsOutButNotPastTheKey() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stack = try stack(symbol, below: [7, 0x4444, try symbol("eval_return")])
      let inJIT = { (registers: inout Registers) in
        registers.rip = Self.jit + 0x40
        registers.rbp = stack.address(1)
      }
      let key = stack.address(5)
      let result = unwind(&unwinder, stack, modules, keys: [key], inJIT)
      #expect(result.outcome == .complete && result.frames.count == 4)
      #expect(result.frames[1].origin == .framePointer)
      #expect(result.frames[1].stackPointer == stack.address(3))
      #expect(result.saved[1].rbp == 0x4444)

      let jumping = unwind(&unwinder, stack, modules, keys: [key]) {
        inJIT(&$0)
        $0.rbp = stack.address(13)  // outer's words, past the key
      }
      #expect(jumping.outcome == .complete && jumping.frames.count == 4)
      #expect(jumping.frames[1].origin == .stackScan)
      for bad in [stack.address(1) + 1, 0, stack.address(12), .max, .max - 7, stack.start - 16] {
        let refused = unwind(&unwinder, stack, modules) {
          inJIT(&$0)
          $0.rbp = bad
        }
        #expect(refused.outcome == .complete && refused.frames.count == 4)
        #expect(refused.frames[1].stackPointer == stack.address(3))
      }
    }
  }

  @Test func aStubWithoutFrameReturnsToTheTopWord() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stack = try stack(symbol, below: [try symbol("eval_return")])
      let bare = try symbol("bare")
      for entry in [bare, Self.jit, 0] {
        let result = unwind(&unwinder, stack, modules) { $0.rip = entry }
        #expect(result.outcome == .complete && result.frames.count == 4)
      }
      // The same word where no call precedes it is no return address; a later one is, from which
      // call frame information leads on.
      var wrong = stack
      wrong.words[0] += 1
      for entry in [bare, Self.jit] {
        let result = unwind(&unwinder, wrong, modules) { $0.rip = entry }
        #expect(result.outcome == .complete && result.frames.count == 3)
        #expect(try result.frames[1].address == symbol("outer_return"))
        #expect(result.frames[1].origin == .stackScan)
      }
    }
  }

  /// A word that was left over leads nowhere, and is passed over.
  @Test func wordsThatLeadNowhereAreNoReturnAddresses() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let stale = [try symbol("outer_return"), 5, try symbol("bottom_return"), 6]
      let stack = try stack(symbol, below: stale + [try symbol("eval_return")])
      let bare = try symbol("bare")
      // Were the first word taken, outer's frame would end inside eval's.
      let result = unwind(&unwinder, stack, modules) { registers in
        registers.rip = bare
        registers.rsp = stack.address(1)
      }
      #expect(result.outcome == .complete)
      #expect(try result.frames[1].address != symbol("outer_return"))
    }
  }

  /// Nor does one from which unwritten memory seems to end the stack.
  @Test func zeroIsNoEndForAWordThatWasLookedFor() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let back = try symbol("eval_return")
      let stale: [UInt64] = [5, back] + [UInt64](repeating: 0, count: 12)
      for entry in [try symbol("bare"), Self.jit] {
        let result = unwind(&unwinder, try stack(symbol, below: stale + [back]), modules) {
          $0.rip = entry
        }
        #expect(result.outcome == .complete && result.frames.count == 4)
        #expect(result.frames[1].origin == .stackScan)
        #expect(result.frames[1].stackPointer == result.frames[0].stackPointer + 15 * 8)
      }
    }
  }

  @Test func aReturnAddressOutsideCodeEndsTheWalk() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      var stack = try stack(symbol)
      stack.words[11] = 0x1234
      let entry = try symbol("eval_return")
      let result = unwind(&unwinder, stack, modules) { $0.rip = entry }
      #expect(result.outcome == .truncated(.notCode) && result.frames.count == 1)
    }
  }

  @Test func corruptStacksAreSurvived() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let places = try [
        "bottom", "bottom_return", "outer", "outer_return", "eval", "eval_return", "bare",
      ].map(symbol)
      for _ in 0..<5000 {
        let count = Int.random(in: 0...64)
        let words = (0..<count).map { _ in Self.randomWord(places) }
        let stack = LiteralStack(start: Self.top - UInt64(count * 8), words: words)
        let keys = (0..<3).map { _ in Self.top - .random(in: 0..<600) }.sorted()
        let result = unwind(&unwinder, stack, modules, keys: keys) {
          $0.rip = (places + [Self.jit]).randomElement() ?? 0
          $0.rbp = words.randomElement() ?? .max
          if Bool.random() { $0.rsp = .random(in: .min ... .max) }
        }
        #expect(!result.frames.isEmpty && result.frames.count == result.saved.count)
        for (inner, outer) in zip(result.frames, result.frames.dropFirst()) {
          #expect(inner.cfa >= inner.stackPointer && outer.stackPointer >= inner.cfa)
        }
      }
    }
  }

  /// Code, stack, JIT code or anything.
  private static func randomWord(_ places: [UInt64]) -> UInt64 {
    switch Int.random(in: 0..<4) {
    case 0: places.randomElement() ?? 0
    case 1: top - UInt64.random(in: 0..<600)
    case 2: jit + UInt64.random(in: 0..<0x1000)
    default: UInt64.random(in: .min ... .max)
    }
  }

  @Test func endlessStacksAreCut() throws {
    try withProgram { modules, symbol in
      var unwinder = Unwinder()
      let frame: [UInt64] = [1, 2, 3, try symbol("outer_return")]
      let words = Array(repeatElement(frame, count: 5000).joined())
      let stack = LiteralStack(start: Self.top - UInt64(words.count * 8), words: words)
      let entry = try symbol("outer_return")
      let result = unwind(&unwinder, stack, modules) { $0.rip = entry }
      #expect(result.outcome == .truncated(.tooDeep))
      #expect(result.frames.count == Unwinder.maximumDepth)
    }
  }
}
