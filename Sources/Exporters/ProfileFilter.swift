public import ProfileModel

/// Which samples a report is about. Conditions of different kinds must all hold.
public struct ProfileFilter: Sendable, Equatable {
  /// GIL states to keep; empty keeps all.
  public var gil: Set<GilAxis> = []
  /// CPU states to keep; empty keeps all but idle time, which `showsIdle` adds.
  public var cpu: Set<CPUState> = []
  /// A thread is kept if one pattern matches its name or is its id; empty keeps all.
  public var threads: [FramePattern] = []
  /// A sample is kept if every pattern matches some frame of its stack.
  public var include: [FramePattern] = []
  /// A sample is dropped if one pattern matches some frame of its stack.
  public var exclude: [FramePattern] = []
  /// Nanoseconds since the start of the recording: `from ..< to`.
  public var from: Int64?
  public var to: Int64?
  /// Keep time in which a thread was off the CPU and neither held the GIL nor waited for it.
  public var showsIdle = false

  public init() {}

  /// Whether idle time is left out of everything but the split.
  var hidesIdle: Bool { !showsIdle && cpu.isEmpty }
}
