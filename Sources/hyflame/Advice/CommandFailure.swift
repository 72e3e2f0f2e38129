/// Why a command gives up: one sentence for the user, and the exit status.
struct CommandFailure: Error, Equatable {
  var message: String
  var status: Int32

  init(_ message: String, status: Int32 = ExitStatus.failure) {
    self.message = message
    self.status = status
  }

  /// What was typed makes no sense.
  static func usage(_ message: String) -> CommandFailure {
    CommandFailure(message, status: ExitStatus.usage)
  }
}
