import Glibc

/// The reader of our output went away.
struct BrokenPipe: Error {}

/// Standard output or standard error, without a buffer: what was written is out.
struct StandardStream {
  static let output = StandardStream(descriptor: STDOUT_FILENO, name: "standard output")
  static let error = StandardStream(descriptor: STDERR_FILENO, name: "standard error")

  private let descriptor: Int32
  private let name: String

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Columns and rows, if this is a terminal that knows them.
  var terminalSize: (columns: Int, rows: Int)? {
    var size = winsize()
    guard isTerminal, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  var sink: DescriptorSink { DescriptorSink(descriptor: descriptor, name: "to \(name)") }

  /// Throws `BrokenPipe` or a `CommandFailure`.
  func write(_ bytes: [UInt8]) throws {
    var sink = sink
    sink.write(bytes.span)
    if let failure = sink.failure { throw failure }
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// A message for the user, a line or more; names in it may come from anywhere, so control
  /// characters are made visible. That it cannot be shown is no reason to fail.
  func show(_ text: String) { say(text.withVisibleControlCharacters + "\n") }

  /// The same as it is. While a recording runs nobody waits until it can be read.
  func say(_ text: String, isReplaceable: Bool = false) {
    let bytes = Array(text.utf8)
    if descriptor == STDERR_FILENO, MessageThread.take(bytes, isReplaceable: isReplaceable) {
      return
    }
    try? write(bytes)
  }
}
