import Glibc
import LinuxIO

/// Whether the kernel sends the signals of events to a process's threads: that takes the same user as
/// theirs, or root of the machine, whatever capabilities we have (fs/fcntl.c, sigio_perm).
enum SignalPermission {
  static func isGranted(for process: ProcFiles) -> Bool {
    let users = process.statusField("Uid")?.split(separator: "\t").compactMap { UInt32($0) } ?? []
    // Real, effective, saved, file system.
    guard users.count == 4 else { return true }
    let isMachinesRoot =
      geteuid() == 0 && MachineFacts.link("/proc/self/ns/user") == MachineFacts.firstUserNamespace
    return isGranted(ours: [geteuid(), getuid()], isMachinesRoot, real: users[0], saved: users[2])
  }

  static func isGranted(
    ours: [UInt32], _ isMachinesRoot: Bool, real: UInt32, saved: UInt32
  ) -> Bool {
    isMachinesRoot || ours.contains(real) || ours.contains(saved)
  }
}
