/// What a `KernelSampler` counts besides samples.
struct KernelCounts {
  /// Records that the kernel dropped because a ring was full.
  var lost: Int64 = 0
  /// Ticks that fell into the kernel's work for a stop of ours; they are not the target's.
  var ownTicks: Int64 = 0
  /// Ticks that fell into what a `TickProgram` does where a thread leaves the CPU.
  var ownSwitchTicks: Int64 = 0
  /// Ticks that a `TickProgram` passed over.
  var passedTicks: Int64 = 0
  /// Switches of which it copied nothing, because of what earlier copies had taken.
  var passedSwitches: Int64 = 0

  static func + (left: KernelCounts, right: KernelCounts) -> KernelCounts {
    KernelCounts(
      lost: left.lost + right.lost, ownTicks: left.ownTicks + right.ownTicks,
      ownSwitchTicks: left.ownSwitchTicks + right.ownSwitchTicks,
      passedTicks: left.passedTicks + right.passedTicks,
      passedSwitches: left.passedSwitches + right.passedSwitches)
  }

  static func += (left: inout KernelCounts, right: KernelCounts) { left = left + right }
}
