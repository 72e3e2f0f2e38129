import Glibc
import LinuxIO
import Symbols
import Synchronization

/// Looks up source lines and inlined calls of code addresses, on threads of its own.
///
/// While the recording runs, one thread of lowest priority works off what comes; at the end others take
/// over what is left, also what that one has begun: on a busy machine it would not come to an end.
/// A module's DWARF is opened once for all copies of a build, and once more for each further thread
/// that is at work on it.
final class SourceResolver: Sendable {
  /// One code address.
  struct Request: Sendable {
    /// Of the recording; what the answer is about.
    var frame: Int32
    /// Link-time address.
    var address: UInt64
    /// False where calls inlined there are of no interest.
    var wantsInlined: Bool
  }

  struct Answer: Sendable {
    var frame: Int32
    /// Outermost first; never empty.
    var parts: [SourceFrame]
  }

  private struct State {
    var jobs: [String: SourceJob] = [:]
    var answers: [Answer] = []
    var open = 0
    var workers = 0
    /// Workers of low priority stop at their next look.
    var isFinishing = false
    var isAbandoned = false
    /// The builds that could not be asked for, and the first reason.
    var failedDownloads: Set<String> = []
    var downloadFailure: DebuginfodError?
  }

  private let state = Mutex(State())

  /// Asks about an address; `build` names the file.
  func submit(_ request: Request, build: String, source: DebugSource) {
    let needsWorker = state.withLock { state in
      state.jobs[build, default: SourceJob(source)].pending.append(request)
      state.open += 1
      guard state.workers == 0, !state.isFinishing else { return false }
      state.workers = 1
      return true
    }
    if needsWorker { startWorker(isBackground: true) }
  }

  /// What has been answered since the last time.
  func takeAnswers() -> [Answer] {
    state.withLock { state in
      defer { state.answers.removeAll() }
      return state.answers
    }
  }

  /// How many builds could not be downloaded though a server may have them, and why.
  var downloadFailure: (builds: Int, reason: DebuginfodError)? {
    state.withLock { state in
      state.downloadFailure.map { (state.failedDownloads.count, $0) }
    }
  }

  /// Works off what is left, and gives up after `seconds`; returns how many addresses have no answer.
  func finish(seconds: Double) -> Int {
    let count = state.withLock { state in
      state.isFinishing = true
      for build in state.jobs.keys { state.jobs[build]?.takeBack() }
      let batches = state.jobs.values.reduce(0) { $0 + $1.batches }
      let count = min(batches, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 4)
      state.workers += count
      return count
    }
    for _ in 0..<count { startWorker(isBackground: false) }
    var remaining = Int(seconds * 1000)
    while remaining > 0, state.withLock({ $0.open > 0 }) {
      usleep(1000)
      remaining -= 1
    }
    return state.withLock { state in
      state.isAbandoned = true
      return state.open
    }
  }

  // MARK: Workers

  private func startWorker(isBackground: Bool) {
    do {
      try WorkThread { self.work(isBackground: isBackground) }.detach()
    } catch {
      state.withLock { $0.workers -= 1 }
    }
  }

  private func work(isBackground: Bool) {
    // Of this thread alone (setpriority(2), BUGS). The target's time comes first.
    if isBackground { setpriority(__priority_which_t(0), 0, 19) }
    while let work = take(isBackground: isBackground) {
      let opened = work.opened ?? OpenedSource(work.source)
      let answers = work.requests.map {
        Answer(frame: $0.frame, parts: opened.frames(at: $0.address, inlined: $0.wantsInlined))
      }
      give(answers.filter { !$0.parts.isEmpty }, of: work, opened, isBackground: isBackground)
    }
    if isBackground, handsOver() { startWorker(isBackground: false) }
  }

  /// A download goes on in the background at the end too; what waited for it is then anyone's.
  private func handsOver() -> Bool {
    state.withLock { state in
      guard state.isFinishing, !state.isAbandoned else { return false }
      state.workers += 1
      return true
    }
  }

  private struct Work {
    var build: String
    var source: DebugSource
    var opened: OpenedSource?
    var requests: [Request]
  }

  /// A few addresses of a build, rather of one that no other thread is at. Nil: there is nothing left
  /// to do.
  private func take(isBackground: Bool) -> Work? {
    state.withLock { state in
      let waiting = state.jobs.filter { !$0.value.pending.isEmpty && $0.value.mayTake }
      guard !state.isAbandoned, !(isBackground && state.isFinishing),
        let (build, _) = waiting.min(by: { $0.value.users < $1.value.users })
      else {
        state.workers -= 1
        return nil
      }
      return state.jobs[build]?.take(build, isBackground: isBackground)
    }
  }

  private func give(
    _ answers: [Answer], of work: Work, _ opened: OpenedSource, isBackground: Bool
  ) {
    state.withLock { state in
      let isTakenBack = isBackground && state.isFinishing && work.source.isFile
      state.jobs[work.build]?.giveBack(opened, isTakenBack: isTakenBack)
      if let failure = opened.failure {
        state.failedDownloads.insert(work.build)
        state.downloadFailure = state.downloadFailure ?? failure
      }
      guard !isTakenBack else { return }
      state.answers += answers
      state.open -= work.requests.count
    }
  }

  /// What is to be looked up in one build of a file.
  private struct SourceJob {
    let source: DebugSource
    var pending: [Request] = []
    private(set) var users = 0
    /// Known when it has been opened once.
    private var isSmall = false
    /// Not in use.
    private var opened: [OpenedSource] = []
    /// What the background thread is at.
    private var begun: [Request] = []

    init(_ source: DebugSource) { self.source = source }

    private static let batch = 16

    var batches: Int { (pending.count + Self.batch - 1) / Self.batch }

    /// Opening DWARF again pays where many addresses wait; a download is for one thread.
    var mayTake: Bool { users == 0 || source.isFile && isSmall && batches > 2 }

    mutating func take(_ build: String, isBackground: Bool) -> Work {
      let requests = Array(pending.suffix(Self.batch))
      pending.removeLast(requests.count)
      users += 1
      if isBackground { begun = requests }
      return Work(build: build, source: source, opened: opened.popLast(), requests: requests)
    }

    mutating func giveBack(_ source: OpenedSource, isTakenBack: Bool) {
      opened.append(source)
      isSmall = source.isSmall
      guard !isTakenBack else { return }
      users -= 1
      begun = []
    }

    /// The background thread goes on with what it has begun, but nobody waits for it.
    mutating func takeBack() {
      guard !begun.isEmpty, source.isFile else { return }
      pending += begun
      begun = []
      users -= 1
    }
  }
}

extension DebugSource {
  fileprivate var isFile: Bool {
    if case .file = self { true } else { false }
  }
}
