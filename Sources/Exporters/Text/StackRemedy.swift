/// What may make stacks complete that are not, by the sentence that a recording gives as the reason.
struct StackRemedy {
  var text: String
  /// A lower rate may help, too.
  var isOfRate = false
  /// The text names the reason itself.
  var saysReason = false

  static func of(reason: String) -> StackRemedy {
    known[reason] ?? StackRemedy(text: "the ledger has all reasons")
  }

  /// By the sentences of `MergeReason`; those that are missing here have no remedy of their own.
  static let known: [String: StackRemedy] = [
    "the stack could not be copied": StackRemedy(
      text: "threads left the CPU more often than hyflame may copy their stacks", isOfRate: true,
      saysReason: true),
    "the interpreter was not set up yet": StackRemedy(
      text: "the interpreter was not known yet; record for longer", saysReason: true),
    "the Python stack changed before it was read": readLater,
    "Python was read after the sampled instant; the native stack agrees, but is no proof of all frames":
      readLater,
    "a Python frame could not be read": StackRemedy(
      text: "code was gone before its name was read, as of modules that are imported; record for "
        + "longer, or after the start", saysReason: true),
    "native stacks were not recorded": StackRemedy(
      text: "threads without Python have no stack where only Python frames are read; hyflame "
        + "doctor says what native stacks need", saysReason: true),
    "the Python stack is longer than the limit": StackRemedy(
      text: "stacks are deeper than what can be copied", saysReason: true),
    "the thread stopped after the sampled instruction": StackRemedy(
      text: "signals were blocked; with privilege nothing is stopped: hyflame doctor says how",
      saysReason: true),
  ]

  private static let readLater = StackRemedy(
    text: "Python was read after the sampled instant; with privilege both are of one instant: "
      + "hyflame doctor says how", saysReason: true)
}
