import Glibc

/// The user behind `sudo`.
public enum SudoUser {
  /// Gives a file that hyflame made to whoever typed the command, or they could not even delete it.
  /// Does nothing outside sudo.
  public static func takeOwnership(of descriptor: Int32) {
    guard geteuid() == 0, let uid = id("SUDO_UID"), let gid = id("SUDO_GID") else { return }
    // Fails on file systems without owners; the file is as good without it.
    _ = fchown(descriptor, uid, gid)
  }

  /// Whether what `user` did may be relied on: root, whoever hyflame runs as, or who typed the command.
  public static func isTrusted(_ user: UInt32) -> Bool {
    user == 0 || user == geteuid() || geteuid() == 0 && user == id("SUDO_UID")
  }

  private static func id(_ name: String) -> UInt32? {
    getenv(name).flatMap { UInt32(String(cString: $0)) }
  }
}
