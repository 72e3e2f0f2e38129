import SampleTypes
import Support
import Testing

@testable import CPython

/// The fields by which each version tells who holds the GIL.
@Suite struct GilStateTests {
  @Test(arguments: 8...11)
  func upTo311TheRuntimeNamesTheHolder(_ minor: Int) {
    var python = FakePython(minor: minor)
    #expect(python.read().0.gil == .released)
    let current = python.runtime.address + python.layout.runtime.currentThreadState!
    python.memory.store(python.state, at: current)
    #expect(python.read().0.gil == .held)
    python.memory.store(python.state + 0x1000, at: current)
    #expect(python.read().0.gil == .released)
  }

  @Test(arguments: [(12, UInt32(1 << 4)), (13, 1 << 5)])
  func a312Or313ThreadStateHasABit(_ minor: Int, _ bit: UInt32) {
    var python = FakePython(minor: minor)
    python.setState(python.layout.threadState.status, ~bit)
    #expect(python.read().0.gil == .released)
    python.setState(python.layout.threadState.status, bit)
    #expect(python.read().0.gil == .held)
  }

  @Test(arguments: [14, 15])
  func from314TheThreadStateHasAFlag(_ minor: Int) {
    var python = FakePython(minor: minor)
    python.setState(python.layout.threadState.status, .max)
    python.setState(python.layout.threadState.holdsGil, 0 as UInt32)
    #expect(python.read().0.gil == .released)
    python.setState(python.layout.threadState.holdsGil, 1 as UInt32)
    #expect(python.read().0.gil == .held)
  }

  @Test func in315AWaiterSaysSo() {
    var python = FakePython(minor: 15)
    python.setState(python.layout.threadState.gilRequested, 1 as UInt32)
    #expect(python.read().0.gil == .waiting)
    python.setState(python.layout.threadState.holdsGil, 1 as UInt32)
    #expect(python.read().0.gil == .held)
  }

  @Test(arguments: PythonVersion.minors(from: 13))
  func withoutAGilAnAttachedThreadCounts(_ minor: Int) {
    var python = FakePython(minor: minor, freeThreaded: true)
    python.setState(python.layout.threadState.state, 1 as UInt32)
    #expect(python.read().0.gil == .held)
    python.setState(python.layout.threadState.state, 2 as UInt32)
    #expect(python.read().0.gil == .released)
  }
}
