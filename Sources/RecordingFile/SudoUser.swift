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

  private static func id(_ name: String) -> UInt32? {
    getenv(name).flatMap { UInt32(String(cString: $0)) }
  }
}
