/// What the shell sees. Scripts rely on these numbers: `hyflame --help` lists them.
enum ExitStatus {
  static let success: Int32 = 0
  static let failure: Int32 = 1
  static let usage: Int32 = 2
  static let notPermitted: Int32 = 3
  static let noTarget: Int32 = 4
  static let noSamples: Int32 = 5
  static let aborted: Int32 = 130

  /// The status with which a shell would report a command that ended with `waitStatus` (wait(2)).
  static func ofCommand(waitStatus: Int32) -> Int32 {
    let signal = waitStatus & 0x7f
    return signal == 0 ? (waitStatus >> 8) & 0xff : 128 + signal
  }
}
