/// How many frames of a stack a form shows that repeats each stack: a recording of kilobytes can have stacks of
/// gigabytes. Of deeper ones those in the middle are left out; a line in their place and a remark say so.
struct FrameLimit {
  /// Frames of a stack; no recording's are deeper than the first (`FileFormat.deepestStack`, but for inlined calls).
  private(set) var frames = Self.choices[0]

  private static let choices = [1 << 14, 1 << 10, 1 << 7, 1 << 4]
  static let placeholder = "[frames left out]"

  /// - Parameters:
  ///   - depths: of all stacks that are written, as often as they are.
  ///   - budget: frames of all of them together.
  init(depths: some Sequence<Int>, budget: Int) {
    var sums = [Int](repeating: 0, count: Self.choices.count)
    for depth in depths {
      for (index, most) in Self.choices.enumerated() { sums[index] &+= min(depth, most) }
    }
    let first = sums.firstIndex { $0 <= budget } ?? Self.choices.count - 1
    frames = Self.choices[first]
  }

  /// - Parameters:
  ///   - own: how far from the root the frame is; 1 is the outermost.
  ///   - depth: of its stack.
  func shows(_ own: Int, of depth: Int) -> Bool {
    depth <= frames || own <= frames / 2 || own > depth - frames / 2
  }

  /// Nil where all frames of all stacks are shown.
  var remark: String? {
    frames < Self.choices[0] ? "stacks deeper than \(frames) frames lack those in the middle" : nil
  }
}
