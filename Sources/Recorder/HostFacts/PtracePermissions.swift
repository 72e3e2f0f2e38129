import Glibc
import LinuxIO
import RemoteProcess

/// What ptrace(2) will allow at all: a filter may refuse it, whatever the target.
enum PtracePermissions {
  /// The errno with which the kernel refuses to trace a thread that does not exist; nil where it says that it
  /// does not.
  static var refusal: Int32? {
    do throws(SystemError) {
      try Ptrace.seize(.max)
      return nil
    } catch { return error.errno == ESRCH ? nil : error.errno }
  }
}
