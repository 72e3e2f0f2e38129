import Glibc
import Synchronization

/// How much of the files that targets name is read, whatever their headers say.
///
/// A file of a few kilobytes on disk can claim, and have, tables of terabytes that are all holes. Each kind
/// of table has a limit of its own, far above what real files have; and all that is read of all files
/// comes out of one allowance that fills up again with time, so that many such files together cannot
/// keep the recorder busy or fill its memory either. What is left out is told.
public final class ReadingBounds: Sendable {
  public static let shared = ReadingBounds()

  /// Symbols of one table: 2.8 million of them.
  static let symbols: UInt64 = 64 << 20
  /// Names of one table: PyTorch's largest has 78 MB.
  static let strings: UInt64 = 256 << 20
  /// Relocations of one file, among which those of stubs are.
  static let relocations: UInt64 = 64 << 20
  /// Call frame information of one file: PyTorch's largest has 25 MB.
  static let frames: UInt64 = 128 << 20
  /// `.gnu_debugdata`, packed.
  static let packedSymbols: UInt64 = 16 << 20
  /// A debug file that only a checksum identifies.
  static let checksum: UInt64 = 256 << 20
  /// Constants, in which a text is looked for.
  static let constants: UInt64 = 64 << 20

  /// What is missing when something was left out.
  public enum Part: String, Sendable {
    case symbols = "names of functions"
    case frames = "unwind information"
    case debugFile = "debug files"
    case debugInformation = "source lines"
    case madeCode = "names of code that was made at run time"
    case headers = "all that its headers describe"
  }

  private struct State {
    var allowance: UInt64
    var filledAt: UInt64
    /// In the order of their first omission.
    var files: [String] = []
    var parts: [Part] = []
  }

  private let capacity: UInt64
  private let bytesPerSecond: UInt64
  private let state: Mutex<State>
  private static let mostFiles = 256

  /// - Parameters:
  ///   - capacity: bytes that may be read at once; they take about a second at most.
  ///   - bytesPerSecond: what is added for each second that passes.
  init(capacity: UInt64 = 512 << 20, bytesPerSecond: UInt64 = 16 << 20) {
    self.capacity = capacity
    self.bytesPerSecond = bytesPerSecond
    state = Mutex(State(allowance: capacity, filledAt: Self.now()))
  }

  /// Whether `count` bytes of a file may be read; if not, that is noted.
  func take(_ count: UInt64, upTo limit: UInt64, of file: String, as part: Part) -> Bool {
    state.withLock { state in
      refill(&state)
      guard count <= limit, count <= state.allowance else {
        note(file, part, &state)
        return false
      }
      state.allowance -= count
      return true
    }
  }

  /// Notes that something of a file is not read.
  public func leaveOut(_ part: Part, of file: String) {
    state.withLock { note(file, part, &$0) }
  }

  /// A sentence on what was left out, or none.
  public var sentences: [String] {
    state.withLock { state in
      guard let first = state.files.first else { return [] }
      let parts = state.parts.map(\.rawValue).joined(separator: ", ")
      let what =
        state.files.count == 1
        ? "\(first) is read in part"
        : "\(state.files.count) files (\(first) first) are read in part"
      return [what + ": its tables are beyond hyflame's limits; missing are \(parts)"]
    }
  }

  private func note(_ file: String, _ part: Part, _ state: inout State) {
    if !state.parts.contains(part) { state.parts.append(part) }
    if state.files.count < Self.mostFiles, !state.files.contains(file) { state.files.append(file) }
  }

  private func refill(_ state: inout State) {
    let now = Self.now()
    let passed = (now &- state.filledAt) / 1_000_000
    guard passed > 0 else { return }
    state.filledAt = now
    let added = min(passed, 1 << 32) * (bytesPerSecond / 1000)
    state.allowance = min(capacity, state.allowance + added)
  }

  /// Milliseconds are enough; nanoseconds.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
