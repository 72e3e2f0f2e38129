import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

extension LiveTests {
  /// Which Python frames belong to which native activation, in programs whose calls by way of C are
  /// known.
  @Suite struct LiveActivationTests {
    /// `map`, `sorted` and `reduce` are C functions that call Python: three nested activations.
    static let program = #"""
      import functools, os, sys
      def leaf():
          os.write(1, b"{}\n"); os.read(0, 1)
      def plain(): return leaf()
      def key(x): return functools.reduce(lambda a, b: plain(), [1, 2])
      def mapped(x): return sorted([x], key=key)
      def outer(): return list(map(mapped, [1]))
      outer()
      """#

    @Test(arguments: Interpreter.all)
    func framesAreGroupedByCallsFromC(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: Self.program)
      defer { session.target.end() }
      let state = try #require(session.threadStates().first)
      var reader = ThreadReader(runtime: session.runtime, threadState: state)
      let stack = session.read(&reader)
      let names = session.frames(of: stack).map { $0.name.split(separator: ".").last ?? "" }
      #expect(names == ["leaf", "plain", "<lambda>", "key", "mapped", "outer", "<module>"])
      let counts = stack.activations.map(\.frameCount)
      let minor = session.runtime.layout.minor
      #expect(counts == (minor >= 11 ? [3, 1, 1, 2] : [1, 1, 1, 1, 1, 1, 1]))
      session.expectPlausibleActivations(stack)
      let keysAreOnTheStack = stack.activations.allSatisfy { activation in
        minor < 10 || session.mapping(of: activation.key) == "[stack]"
      }
      #expect(keysAreOnTheStack)
    }

    @Test(arguments: Interpreter.all)
    func theNextReadTouchesOnlyWhatWasAnnounced(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: nestProgram)
      defer { session.target.end() }
      for state in session.threadStates() {
        var reader = ThreadReader(runtime: session.runtime, threadState: state)
        let first = session.read(&reader)
        var ranges: [AddressRange] = []
        reader.prefetchRanges(into: &ranges)
        var memory = AnnouncedMemory(session.memory, ranges: ranges)
        var stack = PythonStack()
        let reading = reader.read(memory: &memory, into: &stack)
        #expect(reading.isValid && stack.outcome == .complete)
        #expect(stack.frames == first.frames && stack.activations == first.activations)
        let outside = memory.outside.filter {
          let mapping = session.mapping(of: $0.start)
          // Threads' C stacks are anonymous: there the structs of activations are recognised.
          return mapping != "[stack]" && !isInActivation($0, stack)
        }
        #expect(outside.isEmpty, "\(interpreter): \(outside)")
      }
    }

    @Test(arguments: Interpreter.all.prefix(6))
    func aSubinterpreterHasThreadStatesOfItsOwn(_ interpreter: Interpreter) throws {
      let program = #"""
        import os, sys
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        def inside(identifier):
            run = getattr(interpreters, "exec", None) or interpreters.run_string
            run(identifier, "import os\ndef blocked():\n  os.write(1, b'{}\\n'); os.read(0, 1)\nblocked()")
        inside(interpreters.create())
        """#
      let session = try LiveSession(interpreter, source: program)
      defer { session.target.end() }
      let states = session.threadStates()
      #expect(session.interpreters().count == 2)
      #expect(Set(states.map(\.interpreter)).count == 2)
      let contradiction = session.runtime.check(memory: &session.memory)
      #expect(contradiction == nil)
      var names: [[String]] = []
      for state in states {
        var reader = ThreadReader(runtime: session.runtime, threadState: state)
        let stack = session.read(&reader)
        if stack.outcome == .complete { names.append(session.frames(of: stack).map(\.name)) }
      }
      #expect(names.contains(["blocked", "<module>"]))
      #expect(names.contains(["inside", "<module>"]))
    }

    /// `_PyCFrame`s and entry frames of one activation are locals of one function.
    private func isInActivation(_ range: AddressRange, _ stack: PythonStack) -> Bool {
      stack.activations.contains { (range.start - $0.key).magnitude <= 256 }
    }
  }
}

/// Serves announced ranges, and notes every read that lies in none of them.
struct AnnouncedMemory: RemoteMemory {
  private var memory: ProcessFileMemory
  private let ranges: [AddressRange]
  private(set) var outside: [AddressRange] = []

  init(_ memory: ProcessFileMemory, ranges: [AddressRange]) {
    self.memory = memory
    self.ranges = ranges
  }

  mutating func copyBytes(
    at address: RemoteAddress, into buffer: UnsafeMutableRawBufferPointer
  ) -> Int {
    let range = AddressRange(start: address, end: address + buffer.count)
    if !ranges.contains(where: { $0.start <= range.start && range.end <= $0.end }) {
      outside.append(range)
    }
    return memory.copyBytes(at: address, into: buffer)
  }
}
