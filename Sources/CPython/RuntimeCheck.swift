/// A contradiction between the target's memory and the layout chosen for it.
public enum RuntimeCheck: UInt8, Hashable, Sendable, CaseIterable {
  /// A pointer of the list of interpreters or thread states cannot be read or cannot be one.
  case unreadable
  /// A thread state names another interpreter than the one that lists it.
  case foreignThreadState
  /// The list of interpreters or thread states does not end.
  case endlessList
  /// The main interpreter's GIL pointer does not point to its own GIL (3.12 on).
  case gilPointer
}
