import CLinux
import Testing

@testable import PerfEvents

@Suite struct RingSizeTests {
  /// With thousands of threads each has the smallest ring. One that held a single switch would lose when
  /// the thread came back, and so its time off the CPU.
  @Test func smallRingsHoldSmallerStacks() {
    for size in PerfRing.sampleRingSizes {
      let tick = EventAttributes.make(.kernelTick, period: 1, ringBytes: size)
      let contextSwitch = EventAttributes.make(
        .contextSwitch(stackBytes: EventAttributes.tickStackBytes), period: 1, ringBytes: size)
      #expect(2 * (Int(tick.sample_stack_user) + 2048) <= size)
      #expect(4 * (Int(contextSwitch.sample_stack_user) + 2048) <= size)
      #expect(tick.sample_stack_user % 8 == 0 && contextSwitch.sample_stack_user % 8 == 0)
      #expect(contextSwitch.sample_stack_user >= 4096)
    }
    let usual = EventAttributes.make(
      .contextSwitch(stackBytes: 16384), period: 1, ringBytes: PerfRing.sampleRingBytes)
    #expect(usual.sample_stack_user == 16384)
  }
}
