/// How a version tells which Python frames one native activation of the eval loop runs.
enum ActivationRule: Sendable {
  /// Each frame is one activation, without a struct on the C stack: up to 3.9.
  case frame
  /// Each frame is one activation, with a `CFrame` on the C stack that does not name it: 3.10.
  case frameWithCFrame
  /// An activation ends with the frame that has `is_entry`; its `_PyCFrame` names its innermost
  /// frame: 3.11.
  case entryFlag
  /// An activation ends before an entry frame, which lies on the C stack: from 3.12 on.
  case entryFrame

  init(minor: Int) {
    switch minor {
    case ...9: self = .frame
    case 10: self = .frameWithCFrame
    case 11: self = .entryFlag
    default: self = .entryFrame
    }
  }
}
