import CLinux

/// What this process does with signals that would end it.
public enum SignalDisposition {
  /// Lets `signal` do nothing: the call that raised it fails instead. What is ignored already stays so, for
  /// programs that are executed inherit that.
  public static func handleQuietly(_ signal: Int32) { _ = linux_handle_quietly(signal) }
}
