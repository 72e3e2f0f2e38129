import Unwinding

/// The callee-saved register in which the eval loop of 3.8 and 3.9 keeps the Python frame that it runs.
///
/// It is the compiler's choice, one for a binary (rbx in every build measured), and learned from stacks
/// whose two sides agree: at each call out of the eval loop it holds the frame.
struct FrameRegister {
  private static let votesNeeded = 100

  /// Index in `SavedRegisters`, once it is known.
  private(set) var number: Int?
  private var agreements = [Int](repeating: 0, count: SavedRegisters.count)
  private var votes = 0

  /// Tells what the registers were in an eval loop that ran `frame`.
  mutating func vote(_ registers: SavedRegisters, frame: UInt64) {
    guard number == nil else { return }
    votes += 1
    for index in agreements.indices where registers[calleeSaved: index] == frame {
      agreements[index] += 1
    }
    guard votes >= Self.votesNeeded else { return }
    // A wrong pairing here and there must not spoil it, nor make another register win.
    number = agreements.firstIndex { $0 * 100 >= votes * 98 }
    votes = 0
    for index in agreements.indices { agreements[index] = 0 }
  }
}
