/// The call instruction right in front of an address.
enum PrecedingCall: Hashable {
  case none
  /// `call rel32`, to this address in the target.
  case direct(UInt64)
  /// Through a register or a word of memory: the only calls that reach code made at run time.
  case indirect
}
