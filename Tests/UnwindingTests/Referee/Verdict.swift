import SampleTypes
import Symbols
import Testing
import Unwinding

/// How often two unwinders agreed, and where they did not.
struct Verdict {
  let modules: ModuleTable
  private(set) var stacks = 0
  private(set) var complete = 0
  private(set) var frames = 0
  private(set) var equalFrames = 0
  /// Callee-saved registers in the equal frames.
  private(set) var registers = 0
  private(set) var equalRegisters = 0
  /// Stacks where libunwind stopped before our last frame; what it had is equal to ours.
  private(set) var refereeStopped: [String: Int] = [:]
  /// Stacks where ours stopped before libunwind's last frame.
  private(set) var weStopped: [String: Int] = [:]
  private(set) var differences: [String: Int] = [:]

  init(modules: ModuleTable) { self.modules = modules }

  mutating func add(
    ours: [NativeFrame], _ saved: [SavedRegisters], _ outcome: UnwindOutcome, theirs: Referee.Stack
  ) {
    stacks += 1
    if outcome == .complete { complete += 1 }
    let common = zip(ours, theirs.frames).prefix {
      $0.address == $1.address && $0.stackPointer == $1.stackPointer
    }.count
    let compared = max(min(ours.count, theirs.frames.count), common)
    frames += compared
    for (ours, theirs) in zip(saved, theirs.frames).prefix(common) {
      registers += 6
      equalRegisters += ours.equalCount(theirs.saved)
    }
    equalFrames += common
    if common < compared {
      frames += max(ours.count, theirs.frames.count) - compared
      let place = ours[max(0, common - 1)]
      differences["behind \(name(place)) via \(place.origin), stops \(outcome)", default: 0] += 1
    } else if theirs.frames.count < ours.count {
      refereeStopped["at \(name(ours[common - 1])) with \(theirs.end)", default: 0] += 1
    } else if ours.count < theirs.frames.count {
      frames += theirs.frames.count - ours.count
      weStopped["at \(name(ours[common - 1])), \(outcome)", default: 0] += 1
    }
  }

  /// Prints the figures; frames that we lack and libunwind has count against us.
  func check(_ title: String) {
    let share = Double(equalFrames) / Double(max(1, frames))
    print(
      "\(title): \(stacks) stacks, \(complete) complete, \(equalFrames) of \(frames) "
        + "frames equal, \(equalRegisters) of \(registers) registers in them")
    for (title, cases) in [
      ("libunwind stopped early", refereeStopped), ("we stopped early", weStopped),
      ("different", differences),
    ] {
      for (place, count) in cases.sorted(by: { $0.value > $1.value }).prefix(12) {
        print("  \(title): \(count) x \(place)")
      }
    }
    #expect(share >= 0.999)
    #expect(Double(equalRegisters) / Double(max(1, registers)) >= 0.999)
  }

  private func name(_ frame: NativeFrame) -> String {
    guard let module = modules.module(containing: frame.lookupAddress) else {
      return modules.isAnonymousExecutable(frame.lookupAddress) ? "anonymous code" : "no code"
    }
    let link = module.linkAddress(of: frame.lookupAddress)
    let function = module.function(at: link)
    return "\(function.name)+\(Int64(bitPattern: link &- function.start))"
  }
}

extension SavedRegisters {
  fileprivate func equalCount(_ other: SavedRegisters) -> Int {
    [
      rbx == other.rbx, rbp == other.rbp, r12 == other.r12, r13 == other.r13, r14 == other.r14,
      r15 == other.r15,
    ].count { $0 }
  }
}
