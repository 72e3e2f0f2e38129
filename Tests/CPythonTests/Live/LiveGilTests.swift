import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

extension LiveTests {
  /// Who holds the GIL in programs in which that is known.
  @Suite struct LiveGilTests {
    /// One thread runs Python code all the time, the other is in a system call.
    static let program = #"""
      import json, os, threading
      def spin():
          while True: pass
      thread = threading.Thread(target=spin, daemon=True)
      thread.start()
      os.write(1, (json.dumps([threading.get_ident(), thread.ident]) + "\n").encode())
      os.read(0, 1)
      """#

    @Test(arguments: Interpreter.all)
    func theRunningThreadHoldsIt(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: Self.program)
      defer { session.target.end() }
      let identifiers = try session.target.decode([UInt64].self)
      Thread.sleep(forTimeInterval: 0.05)
      let blocked = try gilStates(of: identifiers[0], in: session)
      let running = try gilStates(of: identifiers[1], in: session)
      #expect(blocked == [.released: 300])
      #expect(running == [.held: 300])
    }

    /// A free-threaded build has a GIL if it is told to.
    private static let withGil = ["PYTHON_GIL": "1"]

    @Test(arguments: Interpreter.all)
    func theGilStructIsWhereTheInterpreterKeepsIt(_ interpreter: Interpreter) throws {
      let session = try LiveSession(
        interpreter, source: Self.program, environment: Self.withGil)
      defer { session.target.end() }
      let identifiers = try session.target.decode([UInt64].self)
      Thread.sleep(forTimeInterval: 0.05)
      let runtime = session.runtime
      let gil = try #require(session.gilRange())
      let running = try #require(session.threadStates().first { $0.threadID == identifiers[1] })
      #expect(
        session.pointer(at: gil.start + runtime.layout.gil.lastHolder) == running.address)
      #expect(
        session.word(at: gil.start + runtime.layout.gil.locked).map {
          UInt32(truncatingIfNeeded: $0)
        }
          == 1)
    }

    /// Two threads compete: whenever one waits, it blocks in a futex inside the GIL struct.
    @Test(arguments: Interpreter.all)
    func aWaitingThreadBlocksInsideTheGilStruct(_ interpreter: Interpreter) throws {
      let source = Self.program.replacingOccurrences(
        of: "os.read(0, 1)",
        with: "threading.Thread(target=spin, daemon=True).start()\nos.read(0, 1)"
      )
      let session = try LiveSession(interpreter, source: source, environment: Self.withGil)
      defer { session.target.end() }
      let gil = try #require(session.gilRange())
      var waits = 0
      let deadline = Date(timeIntervalSinceNow: 10)
      while waits < 20, Date() < deadline {
        Thread.sleep(forTimeInterval: 0.002)
        for address in futexAddresses(of: session.target.pid) where gil.contains(address) {
          #expect((32..<session.runtime.layout.gil.size).contains(address - gil.start))
          waits += 1
        }
      }
      #expect(waits >= 20)
    }

    private func gilStates(
      of identifier: UInt64, in session: LiveSession
    ) throws -> [GilState: Int] {
      let state = try #require(session.threadStates().first { $0.threadID == identifier })
      var reader = ThreadReader(runtime: session.runtime, threadState: state)
      var stack = PythonStack()
      var counts: [GilState: Int] = [:]
      for _ in 0..<300 {
        let reading = reader.read(memory: &session.memory, into: &stack)
        #expect(reading.isValid)
        counts[reading.gil, default: 0] += 1
      }
      return counts
    }

    /// The first argument of every thread that is in `futex` (system call 202, proc(5)).
    private func futexAddresses(of pid: Int32) -> [RemoteAddress] {
      let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
      return tasks.compactMap { task in
        guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(task)/syscall")
        else { return nil }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard fields.count > 2, fields[0] == "202" else { return nil }
        return UInt64(fields[1].dropFirst(2), radix: 16).map(RemoteAddress.init)
      }
    }
  }
}
