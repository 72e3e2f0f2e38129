import Glibc

/// Environment variables.
enum Environment {
  static subscript(name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// Whether the variable is set to something, and not to `0`.
  static func isOn(_ name: String) -> Bool {
    self[name].map { !$0.isEmpty && $0 != "0" } ?? false
  }
}
