import ProfileModel

/// What the formats for other programs say of a frame, each in a field of its own.
struct FrameFacts {
  enum Category: Int, CaseIterable {
    case group, python, native, inlined, kernel
  }

  /// The name alone, with the parameters of C++; harmless in a line of text.
  var name: String
  /// The same with all that it holds, for forms that quote it or tell its length.
  var exactName: String
  var category: Category
  /// Source file; empty if unknown.
  var file: String
  /// Line executed, or else of the definition; 0 if unknown.
  var line: Int32
  /// First line of the definition; 0 if unknown.
  var firstLine: Int32
  /// Path of the ELF file; empty for Python.
  var module: String
  /// Index in `Profile.modules`; -1 for Python.
  var moduleIndex: Int32

  init(_ frame: TreeFrame, _ profile: Profile) {
    guard frame.function >= 0 else {
      (name, exactName) = (frame.name, frame.name)
      (category, file, line, firstLine, module, moduleIndex) = (.group, "", 0, 0, "", -1)
      return
    }
    let function = profile.functions[Int(frame.function)]
    let full = FunctionName(function).full
    exactName = full.isEmpty ? "[unnamed]" : full
    name = exactName.replacingHarmfulScalars(with: "\u{FFFD}")
    category =
      switch function.kind {
      case .python: .python
      case .native: frame.isInlined ? .inlined : .native
      case .kernel: .kernel
      }
    file = function.file
    line = frame.line
    firstLine = function.line
    moduleIndex = function.module
    module = function.module < 0 ? "" : profile.modules[Int(function.module)].path
  }

  /// Name with the suffix that flame graph tools know for inlined and kernel frames.
  func annotatedName(_ annotates: Bool) -> String {
    guard annotates else { return name }
    switch category {
    case .inlined: return name + "_[i]"
    case .kernel: return name + "_[k]"
    case .group, .python, .native: return name
    }
  }
}

extension FrameFacts.Category {
  var word: String {
    switch self {
    case .group: "other"
    case .python: "python"
    case .native: "native"
    case .inlined: "inlined"
    case .kernel: "kernel"
    }
  }
}
