public import ProfileModel
public import SampleTypes

/// Which samples a report is about. Conditions of different kinds must all hold.
public struct ProfileFilter: Sendable, Equatable {
  /// GIL states to keep; empty keeps all.
  public var gil: Set<GilState> = []
  /// CPU states to keep; empty keeps all but hidden time, which `showsHiddenTime` adds.
  public var cpu: Set<CPUState> = []
  /// Outcomes of the merge to keep; empty keeps all.
  public var merge: Set<MergeQuality> = []
  /// A thread is kept if one pattern matches its name or is its id; empty keeps all.
  public var threads: [FramePattern] = []
  /// A sample is kept if every pattern matches some frame of its stack.
  public var include: [FramePattern] = []
  /// A sample is dropped if one pattern matches some frame of its stack.
  public var exclude: [FramePattern] = []
  /// Nanoseconds since the start of the recording: `from ..< to`.
  public var from: Int64?
  public var to: Int64?
  /// Keep idle time, and time in which a thread was ready but had no CPU.
  public var showsHiddenTime = false

  public init() {}

  /// Whether such time is left out of everything but the split.
  func hides(_ category: TimeCategory) -> Bool {
    category.isHiddenByDefault && !showsHiddenTime && cpu.isEmpty
  }
}
