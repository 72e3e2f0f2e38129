import Testing

@testable import Recorder

/// What is parsed and reckoned where nothing is stopped.
@Suite struct FallbackFactTests {
  @Test func threadTimes() {
    #expect(
      ThreadTimes(parsing: Array("123456 78 9\n".utf8))
        == ThreadTimes(running: 123456, stretches: 9))
    for text in ["", "1 2\n", "1 2 3 4\n", "a b c\n", "-1 2 3"] {
      #expect(ThreadTimes(parsing: Array(text.utf8)) == nil)
    }
  }

  @Test func threadCalls() {
    #expect(ThreadCall(parsing: "running\n") == .running)
    #expect(ThreadCall(parsing: "-1 0x7ffc00 0x7f00\n") == .faulting)
    #expect(
      ThreadCall(parsing: "202 0x7f1a 0x189 0x0 0x0 0x0 0xffffffff 0x7ffc00 0x7f00\n")
        == .blocked(number: 202, argument: 0x7f1a))
    for text in ["", "202\n", "202 7\n", "x 0x1"] {
      #expect(ThreadCall(parsing: text[...]) == nil)
    }
  }

  /// Looks each millisecond at a thread whose time is counted every four.
  @Test func allTimeIsAccountedFor() {
    var account = CPUAccount(running: 5_000_000)
    var total: UInt64 = 0
    for look in UInt64(1)...1000 {
      let counted = 5_000_000 + look * 1_000_000 / 4_000_000 * 4_000_000
      total += account.look(running: counted, weight: 1_000_000) ?? 0
    }
    #expect(total >= 996_000_000 && total <= 1_010_000_000)
  }

  /// A thread that has half a CPU is half of the time ready without one.
  @Test func waitingForACPU() {
    var account = CPUAccount(running: 0)
    var ready = 0
    var total: UInt64 = 0
    for look in UInt64(1)...1000 {
      if let weight = account.look(running: look * 500_000, weight: 1_000_000) {
        total += weight
      } else {
        ready += 1
      }
    }
    #expect((485...515).contains(ready))
    #expect((495_000_000...515_000_000).contains(total))
  }

  /// What was used unseen counts at the next look.
  @Test func unseenTime() {
    var account = CPUAccount(running: 0)
    #expect(account.look(running: 30_000_000, weight: 1_000_000) == 30_000_000)
    #expect(account.look(running: 30_500_000, weight: 1_000_000) == 1_000_000)
    // A counter that goes back, as after an overflow of it, harms nothing.
    #expect(account.look(running: 0, weight: 1_000_000) == nil)
  }

  @Test func signalsOfTheKernel() {
    func granted(_ ours: [UInt32], root: Bool = false, _ real: UInt32, _ saved: UInt32) -> Bool {
      SignalPermission.isGranted(ours: ours, root, real: real, saved: saved)
    }
    #expect(granted([1000, 1000], 1000, 1000))
    #expect(granted([1000, 1000], 0, 1000))
    #expect(!granted([1000, 1000], 0, 0))
    #expect(!granted([1000, 1000], 1001, 1001))
    #expect(granted([0, 0], root: true, 1001, 1001))
    // Root of a user namespace.
    #expect(!granted([0, 0], 1001, 1001))
  }

  @Test func rings() {
    #expect(RingBudget(total: .max, threads: 5000).ringBytes == 262_144)
    #expect(RingBudget(total: 8 << 20, threads: 1).ringBytes == 262_144)
    #expect(RingBudget(total: 8 << 20, threads: 100).ringBytes == 65_536)
    #expect(RingBudget(total: 8 << 20, threads: 1000).ringBytes == 32_768)
    #expect(RingBudget(total: 0, threads: 0).ringBytes == 32_768)
  }
}
