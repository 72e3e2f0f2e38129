import Glibc

/// Opens a file with the program that the user's desktop has for it.
enum DesktopOpener {
  /// Returns once that program has been started.
  static func open(_ path: String) throws {
    let program = "xdg-open"
    let file = path.hasPrefix("-") ? "./" + path : path
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(file), nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let status = posix_spawnp(&process, program, nil, nil, &arguments, environ)
    guard status == 0 else { throw failure(path, String(errorNumber: status)) }
    var result: Int32 = 0
    while waitpid(process, &result, 0) < 0 && errno == EINTR {}
    guard result == 0 else { throw failure(path, "it found no program for the file") }
  }

  private static func failure(_ path: String, _ reason: String) -> CommandFailure {
    CommandFailure("\(path) is written, but xdg-open did not open it: \(reason)")
  }
}
