/// The name of an extension module's file.
enum ModuleFileName {
  /// `_tree.cpython-311-x86_64-linux-gnu.so` is `_tree.so` (PEP 3149): in one recording all
  /// extension modules are built for the same interpreter.
  static func withoutABI(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[parts.count - 1] == "so",
      parts[parts.count - 2].hasPrefix("cpython-")
    else { return name }
    return (parts.dropLast(2) + ["so"]).joined(separator: ".")
  }
}
