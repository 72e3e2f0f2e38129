import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

extension LiveTests {
  /// Every way to find a runtime leads to the same address.
  @Suite struct LiveLocatorTests {
    static let program = "import os; os.write(1, b'{}\\n'); os.read(0, 1)"

    @Test(arguments: Interpreter.all)
    func everyWayFindsTheSameRuntime(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: Self.program)
      defer { session.target.end() }
      #expect(session.runtime.origin == .symbol)
      #expect(session.runtime.codeType != nil)
      let minor = session.runtime.version.minor
      var symbols = session.symbols
      symbols.hidden = ["_PyRuntime"]
      if minor >= 10 { try expect(.section, symbols, session) }
      symbols.hidden = ["_PyRuntime", ".PyRuntime", "Py_Version"]
      if minor >= 13 { try expect(.cookie, symbols, session) }
      if minor <= 12 { try expect(.pointers, symbols, session) }
    }

    @Test(arguments: Interpreter.all)
    func debugOffsetsAgreeWithTheMeasuredLayout(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: Self.program)
      defer { session.target.end() }
      let runtime = session.runtime
      guard runtime.version.minor >= 13 else {
        #expect(runtime.layout == Layout.table(for: runtime.version))
        return
      }
      let bytes = session.memory.bytes(at: runtime.address, count: DebugOffsets.maximumSize)
      let offsets = try #require(bytes.flatMap(DebugOffsets.init))
      #expect(offsets.version == runtime.version)
      let measured = Layout.table(
        for: runtime.version, freeThreaded: runtime.layout.isFreeThreaded)
      // Before a release fields may still move: 3.15.0rc2t has its GIL eight bytes farther on.
      if runtime.version.level == PythonVersion.released {
        #expect(offsets.layout()?.layout == measured)
      }
      #expect(offsets.layout()?.source == .itself && runtime.layoutSource == .itself)
    }

    /// While no thread starts, none of the words changes; when one does, one does.
    @Test(arguments: Interpreter.all)
    func theHeadWordsChangeWhenAThreadStarts(_ interpreter: Interpreter) throws {
      let source = #"""
        import os, threading
        def spawn():
            thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
        # The thread's state is gone again afterwards, and its address free for the next.
        spawn(); os.write(1, b"1\n"); os.read(0, 1); spawn(); os.write(2, b"2\n"); os.read(0, 1)
        """#
      let session = try LiveSession(interpreter, source: source)
      defer { session.target.end() }
      let addresses = session.runtime.threadsHeadAddresses(memory: &session.memory)
      let before = addresses.map { session.word(at: $0) }
      #expect(before == addresses.map { session.word(at: $0) })
      #expect(!before.contains(nil))
      session.target.resume()
      Thread.sleep(forTimeInterval: 0.3)
      let after = addresses.map { session.word(at: $0) }
      #expect(before != after)
    }

    private func expect(
      _ origin: PythonRuntime.Origin, _ symbols: ElfFileSymbols, _ session: LiveSession
    ) throws {
      var symbols = symbols
      let found = try RuntimeLocator.locate(symbols: &symbols, memory: &session.memory)
      #expect(found.origin == origin)
      #expect(found.address == session.runtime.address)
      #expect(found.version == session.runtime.version)
      #expect(found.layout == session.runtime.layout)
    }
  }
}
