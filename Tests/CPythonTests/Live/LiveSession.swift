import Foundation
import SampleTypes
import Support
import Testing

@testable import CPython

/// A blocked Python program and what the reader finds in it.
final class LiveSession {
  let target: PythonTarget
  let runtime: PythonRuntime
  var memory: ProcessFileMemory
  var symbols: ElfFileSymbols

  init(
    _ interpreter: Interpreter, source: String, hiding hidden: Set<String> = [],
    environment: [String: String] = [:]
  ) throws {
    target = try PythonTarget(interpreter, source: source, environment: environment)
    memory = try #require(ProcessFileMemory(pid: target.pid), "cannot read /proc/PID/mem")
    symbols = try ElfFileSymbols(pid: target.pid)
    symbols.hidden = hidden
    runtime = try RuntimeLocator.locate(symbols: &symbols, memory: &memory)
  }

  deinit { memory.close() }

  func threadStates() -> [ThreadState] { runtime.threadStates(memory: &memory) }

  func word(at address: RemoteAddress) -> UInt64? { memory.word(at: address) }

  func pointer(at address: RemoteAddress) -> RemoteAddress? { memory.pointer(at: address) }

  func interpreters() -> [RemoteAddress] { runtime.interpreters(memory: &memory) }

  func gilRange() -> AddressRange? {
    interpreters().last.flatMap { runtime.gilStructRange(for: $0, memory: &memory) }
  }

  func read(_ reader: inout ThreadReader) -> PythonStack {
    var stack = PythonStack()
    let reading = reader.read(memory: &memory, into: &stack)
    #expect(reading.isValid)
    return stack
  }

  /// Names and lines, innermost first, without what Python does not show.
  func frames(of stack: PythonStack) -> [LiveTests.LiveInterpreterTests.Truth.Frame] {
    stack.frames.compactMap { frame in
      let raw = RawCodeObject.capture(at: frame.code, runtime: runtime, memory: &memory)
      guard let code = raw?.decode() else {
        Issue.record("no code object at \(frame.code)")
        return nil
      }
      guard !code.isInitTrampoline else { return nil }
      return .init(
        name: code.qualifiedName, file: code.fileName,
        line: code.line(atByteOffset: frame.instructionOffset) ?? -1)
    }
  }

  /// The path or kernel's name of the mapping that contains an address.
  func mapping(of address: RemoteAddress) -> String? {
    symbols.map.mapping(containing: address)?.path
  }

  /// Activations cover the frames in order, without gap, and their keys ascend (outer frames of a
  /// C stack have higher addresses).
  func expectPlausibleActivations(_ stack: PythonStack) {
    var next: Int32 = 0
    for activation in stack.activations {
      #expect(activation.firstFrame == next)
      next += activation.frameCount
    }
    #expect(Int(next) == stack.frames.count)
    let keys = stack.activations.map(\.key)
    if runtime.layout.minor < 10 {
      let allNull = keys.allSatisfy(\.isNull)
      #expect(allNull)
    } else {
      let allPlausible = keys.allSatisfy(\.isPlausiblePointer)
      let ascend = zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }
      #expect(allPlausible && ascend, "\(keys)")
    }
    if runtime.layout.minor <= 10 { #expect(stack.activations.count == stack.frames.count) }
  }
}
