/// What a `KernelSampler` counts besides samples.
struct KernelCounts {
  /// Records that the kernel dropped because a ring was full.
  var lost: Int64 = 0
  /// Ticks that fell into the kernel's work for a stop of ours; they are not the target's.
  var ownTicks: Int64 = 0

  static func + (left: KernelCounts, right: KernelCounts) -> KernelCounts {
    KernelCounts(lost: left.lost + right.lost, ownTicks: left.ownTicks + right.ownTicks)
  }

  static func += (left: inout KernelCounts, right: KernelCounts) { left = left + right }
}
