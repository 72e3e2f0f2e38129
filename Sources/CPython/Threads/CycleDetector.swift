import SampleTypes

/// Tells that a chain of pointers has come back to where it was, after at most three times the length
/// of the cycle (Brent 1980): it compares each address with one that it remembers, and remembers
/// another after 1, 2, 4, 8… steps.
struct CycleDetector {
  private var remembered = RemoteAddress.null
  private var steps = 0
  private var limit = 1

  /// True if the chain is in a cycle; to be asked with each address of it, in order.
  mutating func closes(at address: RemoteAddress) -> Bool {
    if address == remembered { return true }
    steps += 1
    if steps == limit {
      remembered = address
      (steps, limit) = (0, 2 * limit)
    }
    return false
  }
}
