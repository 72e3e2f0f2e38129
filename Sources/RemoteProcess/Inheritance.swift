import CLinux
public import LinuxIO

/// What a command inherits of whoever starts it, and a recorder changes for itself: the signals that are
/// blocked, and the limit on open files.
public struct Inheritance: Sendable {
  let values: linux_inheritance

  /// What this process has now. To be asked before the recorder changes any of it.
  public static func current() throws(SystemError) -> Inheritance {
    var values = linux_inheritance()
    try SystemError.check(linux_inherited(&values), .getrlimit)
    return Inheritance(values: values)
  }
}
