/// A contradiction between the target's memory and the layout chosen for it.
public enum RuntimeCheck: UInt8, Error, Hashable, Sendable, CaseIterable {
  /// A pointer of the list of interpreters or thread states cannot be read or cannot be one.
  case unreadable
  /// A thread state names another interpreter than the one that lists it.
  case foreignThreadState
  /// A thread state does not name the one before it in its list.
  case brokenLinks
  /// The list of interpreters or thread states does not end.
  case endlessList
  /// No thread state has a thread's thread pointer.
  case noThread
  /// The main interpreter's GIL pointer does not point to its own GIL (3.12 on).
  case gilPointer
  /// No frame of any thread state runs a code object.
  case noCode
  /// `sys.hexversion` is that of another version.
  case otherVersion
}

extension RuntimeCheck: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable: "a list of its interpreters or threads cannot be read"
    case .foreignThreadState: "a thread state names another interpreter than the one that lists it"
    case .brokenLinks: "a thread state does not name the one before it"
    case .endlessList: "a list of its interpreters or threads does not end"
    case .noThread: "no thread state names a thread"
    case .gilPointer: "the main interpreter's GIL is not its own"
    case .noCode: "no frame runs a code object"
    case .otherVersion: "sys.hexversion is that of another version"
    }
  }
}
