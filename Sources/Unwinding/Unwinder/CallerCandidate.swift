/// A word on the stack of code without unwind rules that could be its return address: call frame
/// information leads on from it.
struct CallerCandidate {
  var slot: UInt64
  /// Inside the caller.
  var caller: UnwindState
  /// Of the caller's frame.
  var callerCFA: UInt64
  /// The innermost slot on the way that speaks against it: the word itself where a direct call lies
  /// before it, which cannot have reached code made at run time, or a return address whose call names
  /// another function than the one that it leads to. The word may be left over from an earlier call;
  /// but a function can also have been jumped to. Nil where nothing speaks against it.
  var doubt: UInt64?
  /// True if the eval loop's own call names the function that it leads to, and not only one function
  /// lies between: what the interpreter's own JIT compiled is never reached that way.
  var isProven = false

  /// Where a better one must lie below: the chains of both then part before the doubt.
  var searchEnd: UInt64 { doubt == slot ? .max : doubt ?? 0 }

  func isBetter(than other: CallerCandidate) -> Bool {
    // A call that cannot have come here is worse than any other doubt, and the nearest of those counts.
    guard doubt != slot else { return false }
    return other.doubt == other.slot || doubt ?? .max > other.doubt ?? .max
  }
}
