public import ProfileModel

/// The mode in which samples are taken, of those that are asked for and allowed.
public enum CaptureChoice: Equatable, Sendable {
  /// With the reason why it is not a better one, where that was left to us.
  case take(CaptureMode, because: CaptureRefusal?)
  case refuse(CaptureRefusal)

  /// Decides, from facts alone.
  ///
  /// - Parameters:
  ///   - wanted: nil leaves it to us: the best that is allowed.
  ///   - mayRead: false where what is to be recorded cannot be had by reading Python frames.
  ///   - mayUseProgram: false where it cannot be had inside the kernel.
  public static func choose(
    _ wanted: CaptureMode?, _ facts: CaptureFacts, mayRead: Bool = true,
    mayUseProgram: Bool = true
  ) -> CaptureChoice {
    if wanted == .kernel, let errno = facts.program { return .refuse(.program(errno: errno)) }
    if let errno = facts.reading { return .refuse(.reading(errno: errno)) }
    if wanted == .read { return .take(.read, because: nil) }
    if let obstacle = facts.obstacle {
      guard wanted == nil, mayRead else { return .refuse(obstacle) }
      return .take(.read, because: obstacle)
    }
    let usesProgram = wanted == .kernel || wanted == nil && mayUseProgram
    return .take(usesProgram && facts.program == nil ? .kernel : .stop, because: nil)
  }
}
