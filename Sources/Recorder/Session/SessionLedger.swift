import ProfileModel
import SampleTypes
import StackMerging
import Unwinding

/// What the processing thread counts.
struct SessionLedger {
  private(set) var samples: Int64 = 0
  private(set) var onCPU: Int64 = 0
  /// On-CPU samples that held the GIL.
  private(set) var held: Int64 = 0
  /// Texts of the reasons seen, by `Sample.reason`; the first means none.
  private(set) var reasons = [""]
  /// Native stacks with a return address that had to be looked for.
  private var guessed: Int64 = 0
  /// Native stacks that end before the thread's first function.
  private var truncations: [Truncation: Int64] = [:]
  private var reasonIndexes: [MergeReason: UInt16] = [:]
  /// CPU nanoseconds of threads that have ended.
  var endedCPU: UInt64 = 0
  /// How long each sample that the kernel took by itself held up its thread.
  var pauses = PauseHistogram()
  /// Packets of a thread that is not known (any more).
  var orphans: Int64 = 0
  /// Processes and threads that were traced, the living ones included.
  var processesSeen: Int64 = 0
  var threadsSeen: Int64 = 0
  /// Processes that have ended and are in the file.
  var sampledProcesses: Int64 = 0
  /// Of processes that have ended.
  var endedKernelCounts = KernelCounts()
  /// True once a thread could not be given kernel events.
  var lacksKernel = false

  /// What a report will say of the samples.
  private(set) var quality = RecordingQuality()
  /// For each thread of the recording whether it has a sample, and for each process.
  private var threadRows = SampledRows()
  private var processRows = SampledRows()

  var threadsWithSamples: Int64 { threadRows.count }
  var processesWithSamples: Int64 { processRows.count }

  /// Counts what is written, of the process with this index.
  mutating func count(_ sample: Sample, process: Int32) {
    quality.count(sample)
    threadRows.insert(Int(sample.thread))
    processRows.insert(Int(process))
  }

  /// Counts a sample; returns how its merge is stored.
  mutating func count(_ draft: SampleDraft) -> (MergeQuality, UInt16) {
    samples += 1
    if draft.cpu == .running {
      onCPU += 1
      if draft.gil == .held { held += 1 }
    }
    if draft.result.isGuessed { guessed += 1 }
    if let reason = draft.result.truncation {
      truncations[Truncation(reason: reason, source: draft.source), default: 0] += 1
    }
    switch draft.result.outcome {
    case .exact: return (.exact, 0)
    case .partial(let reason): return (.partial, index(of: reason))
    case .pythonOnly(let reason): return (.pythonOnly, index(of: reason))
    case .nativeOnly(let reason): return (.nativeOnly, index(of: reason))
    }
  }

  /// Sentences about what was counted besides samples.
  func notes(
    _ tracer: TracerLedger, _ kernel: KernelCounts, unsampledProcesses: Int64
  ) -> [String] {
    var notes: [String] = []
    if unsampledProcesses > 0 {
      notes.append(
        "\(unsampledProcesses) of \(processesSeen) processes ended before a sample of them was taken"
      )
    }
    if tracer.threadsWithoutDescriptors > 0 {
      notes.append(
        "\(tracer.threadsWithoutDescriptors) threads were not sampled, because hyflame may not open more "
          + "files; raise the hard limit of RLIMIT_NOFILE (ulimit -Hn): each thread needs three")
    }
    if tracer.processesWithoutPlace > 0 {
      notes.append(
        "\(tracer.processesWithoutPlace) processes were not sampled: too many ran at a time")
    }
    if kernel.ownTicks > 0 {
      notes.append("\(kernel.ownTicks) kernel ticks fell into hyflame's own stops and are left out")
    }
    if kernel.ownSwitchTicks > 0 {
      let share =
        Double(kernel.ownSwitchTicks * 10_000 / max(onCPU + kernel.ownSwitchTicks, 1)) / 100
      notes.append(
        "\(kernel.ownSwitchTicks) ticks (\(share) %) fell into hyflame's own work where threads left the "
          + "CPU and are left out")
    }
    if kernel.passedTicks > 0 {
      notes.append(
        "\(kernel.passedTicks) ticks were passed over where copying a deep stack would have taken more than an "
          + "eighth of the thread's time; the next sample of the thread stands for them")
    }
    if kernel.passedSwitches > 0 {
      notes.append(
        "\(kernel.passedSwitches) times nothing was copied where a thread left the CPU, because copies had taken an "
          + "eighth of the thread's time or of its CPU's; samples of such absences have no stack")
    }
    if lacksKernel {
      notes.append(
        "kernel-mode samples and time off the CPU are hidden: perf_event_open was not permitted")
    }
    if guessed > 0 {
      notes.append(
        "\(guessed) native stacks go through code without unwind information; "
          + "frames may be missing there")
    }
    if let sentence = truncationNote { notes.append(sentence) }
    if orphans > 0 { notes.append("\(orphans) samples of unknown threads were dropped") }
    return notes
  }

  fileprivate struct Truncation: Hashable {
    var reason: UnwindOutcome.Reason
    var source: SampleSource
  }

  /// How many native stacks end early, and why.
  private var truncationNote: String? {
    guard !truncations.isEmpty else { return nil }
    let count = truncations.values.reduce(0, +)
    let share = Double(count * 10_000 / max(samples, 1)) / 100
    let parts = truncations.sorted { ($0.value, $0.key.text) > ($1.value, $1.key.text) }
      .map { "\($0.value) \($0.key.text)" }
    return "\(count) native stacks (\(share) %) end before the thread's first function: "
      + parts.joined(separator: ", ")
  }

  private mutating func index(of reason: MergeReason) -> UInt16 {
    if let known = reasonIndexes[reason] { return known }
    let index = UInt16(reasons.count)
    reasons.append(reason.rawValue)
    reasonIndexes[reason] = index
    return index
  }
}

extension SessionLedger.Truncation {
  fileprivate var text: String {
    let why =
      switch reason {
      case .stackEnds: "beyond the copied stack"
      case .noUnwindInfo: "at code without unwind information"
      case .badCFA: "at an impossible frame address"
      case .tooDeep: "at \(Unwinder.maximumDepth) frames"
      case .unreadable: "at a word that was not copied"
      case .notCode: "at a return address that is no code"
      }
    return switch source {
    case .userTick: why
    case .unstopped: why + " (without a stop)"
    case .kernelTick: why + " (in the kernel)"
    case .contextSwitch: why + " (off the CPU)"
    }
  }
}
