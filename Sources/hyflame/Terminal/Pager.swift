import Glibc

/// Shows text that is longer than the screen through the user's pager.
enum Pager {
  /// True if standard output is a terminal with fewer rows than `bytes` has lines.
  static func isNeeded(for bytes: [UInt8]) -> Bool {
    guard let size = StandardStream.output.terminalSize, size.rows > 0, !command.isEmpty else {
      return false
    }
    return bytes.lazy.filter { $0 == UInt8(ascii: "\n") }.count >= size.rows
  }

  /// False if the pager could not be started.
  static func show(_ bytes: [UInt8]) -> Bool {
    guard let pipe = popen(command, "w") else { return false }
    // Ctrl-C is for the pager; leaving before it would mix the shell's prompt with its screen.
    signal(SIGINT, SIG_IGN)
    signal(SIGQUIT, SIG_IGN)
    // A pager that is quit early reads no further; that is no error.
    _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, pipe) }
    // 127: the shell found no such program.
    return pclose(pipe) >> 8 != 127
  }

  /// A shell command; empty or `cat` as the user's choice means none.
  private static var command: String {
    for name in ["HYFLAME_PAGER", "PAGER"] {
      if let value = Environment[name] { return value == "cat" ? "" : value }
    }
    return "command -v less >/dev/null || exit 127; exec less -FRX"
  }
}
