/// A frame as a report shows it: one value for all the frames of the profile that look the same.
struct TreeFrame: Equatable {
  enum Kind: UInt8 {
    case python, native, kernel
    /// Not code: the root, a thread, a GIL state, or "no frame at all".
    case group
  }

  var name: String
  var kind: Kind
  /// Index in `Profile.functions`; -1 for a group.
  var function: Int32 = -1
  /// Line shown; 0 if none.
  var line: Int32 = 0
  /// Native: link-time address in its module of one instruction of the function; 0 if unknown.
  var address: UInt64 = 0
  var isInlined = false
}
