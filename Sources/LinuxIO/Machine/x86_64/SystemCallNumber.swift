/// Numbers of system calls (arch/x86/entry/syscalls/syscall_64.tbl).
public enum SystemCallNumber {
  public static let futex = 202
  public static let readProcessMemory = 310
}
