import Glibc
import LinuxIO
import Symbols

/// Reads `/proc/kallsyms` on a thread of its own: the kernel takes a quarter of a second to print it,
/// in which the kernel's rings would fill up.
final class KernelSymbolsLoader: @unchecked Sendable {
  private var thread: pthread_t?
  /// Written by the thread, read after it was joined.
  private var loaded: KernelSymbols?

  init() {
    let box = Unmanaged.passRetained(self)
    var created = pthread_t()
    let result = pthread_create(
      &created, nil,
      { argument in
        let loader = Unmanaged<KernelSymbolsLoader>.fromOpaque(argument!).takeRetainedValue()
        loader.loaded = KernelSymbols(parsing: ProcFiles.bytes("/proc/kallsyms") ?? [])
        return nil
      }, box.toOpaque())
    if result == 0 { thread = created } else { box.release() }
  }

  /// Waits for the symbols. For one thread, as `symbols`.
  func wait() {
    guard let thread else { return }
    pthread_join(thread, nil)
    self.thread = nil
  }

  /// The symbols; waits for them if need be.
  func symbols() -> KernelSymbols {
    wait()
    return loaded ?? KernelSymbols(parsing: [])
  }
}
