import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

extension LiveTests {
  /// Real interpreters, blocked in a system call, read without a stop and compared frame by frame
  /// with what `sys._getframe` told them.
  @Suite struct LiveInterpreterTests {
    struct Truth: Decodable {
      struct Frame: Decodable, Equatable {
        var name: String
        var file: String
        var line: Int32
      }
      struct Thread: Decodable {
        var ident: UInt64
        var nativeID: UInt64
        var name: String
        var frames: [Frame]
      }
      var version: [Int]
      var threads: [Thread]
    }

    @Test(arguments: 8...13)
    func theInterpreterIsThere(_ minor: Int) throws {
      if Interpreter.minor(minor) == nil {
        try Test.cancel("CPython 3.\(minor) is not installed: its layout is not tested")
      }
    }

    @Test(arguments: Interpreter.all)
    func framesAreThoseOfTheInterpreter(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: nestProgram)
      defer { session.target.end() }
      let truth = try session.target.decode(Truth.self)
      #expect(
        [
          session.runtime.version.major, session.runtime.version.minor,
          session.runtime.version.micro,
        ]
          == truth.version)
      #expect(truth.threads.contains { $0.frames.count > 210 })
      let states = session.threadStates()
      #expect(states.count == truth.threads.count)
      for thread in truth.threads {
        let state = try #require(states.first { $0.threadID == thread.ident })
        if let native = state.nativeThreadID { #expect(native == thread.nativeID) }
        var reader = ThreadReader(runtime: session.runtime, threadState: state)
        let stack = session.read(&reader)
        #expect(stack.outcome == .complete)
        let frames = session.frames(of: stack)
        expectEqual(frames, thread.frames, "\(interpreter) \(thread.name)")
        session.expectPlausibleActivations(stack)
      }
    }

    @Test(arguments: Interpreter.all)
    func threadNamesAreThoseOfThreading(_ interpreter: Interpreter) throws {
      let session = try LiveSession(interpreter, source: nestProgram)
      defer { session.target.end() }
      let truth = try session.target.decode(Truth.self)
      var names = ThreadNames(runtime: session.runtime)
      for _ in 0..<2 {
        let found = names.read(memory: &session.memory)
        for thread in truth.threads { #expect(found[thread.ident] == thread.name) }
        #expect(found.count == truth.threads.count)
      }
    }

    private func expectEqual(_ frames: [Truth.Frame], _ truth: [Truth.Frame], _ what: String) {
      #expect(frames.count == truth.count, "\(what)")
      for (index, (frame, expected)) in zip(frames, truth).enumerated() where frame != expected {
        Issue.record("\(what) frame \(index): \(frame), not \(expected)")
      }
    }
  }
}
