/// How much a recording holds. A target decides how many stacks, names and threads there are: the limits
/// bound what `record` keeps in memory, and what a reader needs.
struct RecordingLimits {
  /// A reader takes no more (8 GiB of `Sample`s).
  var samples = FileFormat.mostSamples
  /// Nodes of the prefix tree: 190 MB here.
  var stacks = 1 << 22
  /// 80 MB here.
  var frames = 1 << 20
  /// 100 MB here, with names of usual length.
  var functions = 1 << 18
  var modules = 1 << 14
  /// Samples held while nothing can be written: 40 MiB.
  var pendingSamples = 1 << 20
  /// Threads, processes, and changes of either, held while nothing can be written.
  var pendingRows = 1 << 18

  /// What the rows are called that stand for all that find no room.
  static let otherThreads = "[other threads]"
  static let otherProcesses = "[other processes]"
  static let otherFunctions = "[one of too many functions]"
  static let otherModules = "[one of too many modules]"
  static let cutStack = "[cut: too many different stacks]"
}
