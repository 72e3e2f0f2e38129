import CLinux

/// What the program was started with.
public enum ProgramArguments {
  /// Without the program's own name. `CommandLine.arguments` is empty where /proc is missing.
  public static var words: [String] {
    var count: Int32 = 0
    let values = linux_arguments(&count)
    return (1..<max(1, Int(count))).compactMap { index in
      values?[index].map { String(cString: $0) }
    }
  }
}
