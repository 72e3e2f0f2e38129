import ProfileModel

/// How a frame is written in folded stacks, flame graphs and tables.
///
/// Python `qualname (file.py:LINE)`, native `symbol (libz.so.1)` or `libz.so.1+0x4f10`, inlined
/// `…_[i]`, kernel `symbol_[k]`.
struct FrameSpelling {
  let profile: Profile

  enum Length {
    /// With all that is known: for programs and filters.
    case full
    /// Without the parameter lists of C++.
    case short
  }

  /// `line` 0 stands for the first line of the function; `annotates` appends `_[i]` and `_[k]`.
  func spell(
    function index: Int32, line: Int32, isInlined: Bool, _ length: Length = .full,
    annotates: Bool = true
  ) -> String {
    let function = profile.functions[Int(index)]
    switch function.kind {
    case .python:
      let place = location(of: function, line: line)
      return place.isEmpty ? function.name : "\(function.name) (\(place))"
    case .native: return native(function, length) + (isInlined && annotates ? "_[i]" : "")
    case .kernel: return function.name + (annotates ? "_[k]" : "")
    }
  }

  /// `file.py:LINE` for Python, the module's file name for native code; may be empty.
  func location(of function: Function, line: Int32 = 0) -> String {
    guard function.kind == .python else { return moduleName(function) }
    let file = lastPathComponent(function.file)
    let line = line > 0 ? line : function.line
    return line > 0 && !file.isEmpty ? "\(file):\(line)" : file
  }

  /// True for a name made of the module's own name: no symbol covers the function.
  func isNameless(_ function: Function) -> Bool {
    function.name.hasPrefix(moduleName(function) + "+0x")
  }

  private func native(_ function: Function, _ length: Length) -> String {
    let name = FunctionName(function)
    let text = length == .full ? name.full : name.short
    let module = moduleName(function)
    return module.isEmpty || isNameless(function) ? text : "\(text) (\(module))"
  }

  private func moduleName(_ function: Function) -> String {
    guard function.module >= 0 else { return "" }
    return profile.modules[Int(function.module)].name
  }

  private func lastPathComponent(_ path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }
}
