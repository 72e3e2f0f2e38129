import CLinux
import Glibc
import Symbols
import Synchronization

/// Looks up source lines and inlined calls of code addresses, on threads of its own.
///
/// While the recording runs, one thread of lowest priority works off what comes; at the end more of
/// them take over what is left. A module's DWARF is opened once for all copies of a build and used by
/// one thread at a time.
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

  /// Works off what is left, and gives up after `seconds`; returns how many addresses have no answer.
  func finish(seconds: Double) -> Int {
    let count = state.withLock { state in
      state.isFinishing = true
      let idle = state.jobs.values.count { !$0.pending.isEmpty }
      let count = min(idle, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 4)
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
    let box = Unmanaged.passRetained(Start(resolver: self, isBackground: isBackground))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // Demanglers recurse.
    pthread_attr_setstacksize(&attributes, 8 << 20)
    var thread = pthread_t()
    let result = pthread_create(
      &thread, &attributes,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        start.resolver.work(isBackground: start.isBackground)
        return nil
      }, box.toOpaque())
    pthread_attr_destroy(&attributes)
    if result != 0 {
      box.release()
      state.withLock { $0.workers -= 1 }
    }
  }

  private final class Start: Sendable {
    let resolver: SourceResolver
    let isBackground: Bool

    init(resolver: SourceResolver, isBackground: Bool) {
      self.resolver = resolver
      self.isBackground = isBackground
    }
  }

  private func work(isBackground: Bool) {
    // Of this thread alone (setpriority(2), BUGS). The target's time comes first.
    if isBackground { setpriority(__priority_which_t(0), 0, 19) }
    while let (build, opened, requests) = take(isBackground: isBackground) {
      let opened = opened ?? OpenedSource(build.source)
      var answers: [Answer] = []
      for request in requests {
        answers.append(
          Answer(
            frame: request.frame,
            parts: opened.frames(at: request.address, inlined: request.wantsInlined)))
      }
      give(answers.filter { !$0.parts.isEmpty }, of: requests.count, build.name, opened)
    }
  }

  private static let batch = 16

  /// A few addresses of a build that no other thread is at. Nil: there is nothing left to do.
  private func take(
    isBackground: Bool
  ) -> (build: (name: String, source: DebugSource), OpenedSource?, [Request])? {
    state.withLock { state in
      let next = state.jobs.first { !$0.value.pending.isEmpty && !$0.value.isBusy }
      guard !state.isAbandoned, !(isBackground && state.isFinishing), let (name, found) = next
      else {
        state.workers -= 1
        return nil
      }
      var job = found
      let requests = Array(job.pending.suffix(Self.batch))
      job.pending.removeLast(requests.count)
      job.isBusy = true
      let opened = job.opened
      job.opened = nil
      state.jobs[name] = job
      return ((name, job.source), opened, requests)
    }
  }

  private func give(_ answers: [Answer], of count: Int, _ build: String, _ opened: OpenedSource) {
    state.withLock { state in
      state.answers += answers
      state.open -= count
      state.jobs[build]?.opened = opened
      state.jobs[build]?.isBusy = false
    }
  }
}

/// What is to be looked up in one build of a file.
private struct SourceJob {
  let source: DebugSource
  var pending: [SourceResolver.Request] = []
  var isBusy = false
  /// Nil before the first use, and while a thread uses it.
  var opened: OpenedSource?

  init(_ source: DebugSource) { self.source = source }
}
