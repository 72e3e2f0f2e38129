import ProfileModel
import SampleTypes
import StackMerging

/// What the processing thread counts.
struct SessionLedger {
  private(set) var samples: Int64 = 0
  private(set) var onCPU: Int64 = 0
  /// On-CPU samples that held the GIL.
  private(set) var held: Int64 = 0
  /// Texts of the reasons seen, by `Sample.reason`; the first means none.
  private(set) var reasons = [""]
  private var reasonIndexes: [MergeReason: UInt16] = [:]
  /// CPU nanoseconds of threads that have ended.
  var endedCPU: UInt64 = 0
  /// How long each sample that the kernel took by itself held up its thread.
  var pauses = PauseHistogram()
  /// Packets of a thread that is not known (any more).
  var orphans: Int64 = 0
  /// True once a thread could not be given kernel events.
  var lacksKernel = false

  /// Counts a sample; returns how its merge is stored.
  mutating func count(_ draft: SampleDraft) -> (MergeQuality, UInt16) {
    samples += 1
    if draft.cpu == .running {
      onCPU += 1
      if draft.gil == .held { held += 1 }
    }
    switch draft.result.outcome {
    case .exact: return (.exact, 0)
    case .partial(let reason): return (.partial, index(of: reason))
    case .pythonOnly(let reason): return (.pythonOnly, index(of: reason))
    case .nativeOnly(let reason): return (.nativeOnly, index(of: reason))
    }
  }

  /// Sentences about what was counted besides samples.
  func notes(_ tracer: TracerLedger, kernel: KernelSampler?) -> [String] {
    var notes: [String] = []
    if let ticks = kernel?.ownTicks, ticks > 0 {
      notes.append("\(ticks) kernel ticks fell into hyflame's own stops and are left out")
    }
    if lacksKernel {
      notes.append(
        "kernel-mode samples and time off the CPU are hidden: perf_event_open was not permitted")
    }
    if orphans > 0 { notes.append("\(orphans) samples of unknown threads were dropped") }
    return notes
  }

  private mutating func index(of reason: MergeReason) -> UInt16 {
    if let known = reasonIndexes[reason] { return known }
    let index = UInt16(reasons.count)
    reasons.append(reason.rawValue)
    reasonIndexes[reason] = index
    return index
  }
}
