import Glibc

/// Why nothing was downloaded.
public enum DebuginfodError: Error, Hashable, Sendable, CustomStringConvertible {
  case noServers
  case noClient
  case noAnswer(errno: Int32)

  public var description: String {
    switch self {
    case .noServers: "DEBUGINFOD_URLS names no server"
    case .noClient: "the client library libdebuginfod.so.1 is not installed"
    case .noAnswer(let errno): "no server answered: \(String(cString: strerror(errno)))"
    }
  }
}
