/// Why a file that somebody named is not read.
public enum FileRefusal: Error, Hashable, Sendable {
  /// It cannot be reached or opened; for the user on whose behalf it is read.
  case unreachable(errno: Int32)
  /// A directory, FIFO, socket or device, or a file that the kernel makes up, as those of /proc.
  case notPlain
  /// Where its path leads to was not wanted.
  case elsewhere
}
