import Glibc
import LinuxIO
import Symbols

/// Reads `/proc/kallsyms` on a thread of its own: the kernel takes a quarter of a second to print it,
/// in which the kernel's rings would fill up.
final class KernelSymbolsLoader: @unchecked Sendable {
  private var thread: WorkThread?
  /// Written by the thread, read after it was joined.
  private var loaded: KernelSymbols?

  init() {
    thread = try? WorkThread { [self] in load() }
    // Where no thread can be made it takes its time here.
    if thread == nil { load() }
  }

  private func load() {
    loaded = KernelSymbols(
      parsing: ProcFiles.bytes("/proc/kallsyms", limit: 256 << 20) ?? [])
  }

  /// Waits for the symbols. For one thread, as `symbols`.
  func wait() {
    thread?.join()
    thread = nil
  }

  /// The symbols; waits for them if need be.
  func symbols() -> KernelSymbols {
    wait()
    return loaded ?? KernelSymbols(parsing: [])
  }
}
