/// What a report shows, and how.
public struct ReportOptions: Sendable, Equatable {
  public enum Frames: Sendable {
    case all, pythonOnly, nativeOnly
  }

  public enum SortKey: Sendable {
    case selfTime, totalTime
  }

  public var filter = ProfileFilter()
  public var frames = Frames.all
  /// A root frame for each thread. Threads that never ran Python always have one.
  public var splitsByThread = false
  /// A root frame for each GIL state: one tower a state, side by side.
  public var splitsByGil = false
  /// A root frame for each process, also for those with one command line.
  public var splitsByProcess = false
  /// Python frames are told apart by the line they execute, not only by function.
  public var showsLines = true
  /// Frame names end in `_[i]` where inlined and `_[k]` in the kernel.
  public var annotates = true
  /// Show interpreter call glue as frames of its own.
  public var showsPlumbing = false
  /// Show calls that the compiler inlined as frames of their own.
  public var showsInlined = true
  /// Rows of the function table; nil is the form's own default, 0 is all.
  public var limit: Int?
  public var sort = SortKey.selfTime
  /// Columns of the text report; used within 80...200.
  public var width = 120
  /// ANSI colours in the text report.
  public var usesColor = false
  /// False draws the text report in ASCII.
  public var usesUnicode = true
  /// Seconds by which the reader's clock is ahead of UTC, for the recording's date.
  public var zoneOffset = 0
  /// Flame graph with the root at the top.
  public var inverted = false
  /// Flame graph in the order of time, a tower for each thread.
  public var isFlameChart = false

  public init() {}
}
