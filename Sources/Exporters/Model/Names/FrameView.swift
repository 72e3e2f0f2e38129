import ProfileModel

/// Which frames of a profile are shown, and as what. Answers are computed once a frame, not once
/// a stack.
struct FrameView {
  /// What to do with a frame.
  enum Role: UInt8 {
    case shown
    /// Left out wherever it is: the user asked for other frames only.
    case hidden
    /// Interpreter glue: left out unless it is the innermost frame, where it did the work itself.
    case glue
    /// The eval loop: as `glue`, but an innermost one belongs to the Python frame below it.
    case evalLoop
  }

  private(set) var roles: [Role] = []
  /// Index in `frames` for each frame of the profile.
  private(set) var shown: [Int32] = []
  private(set) var frames: [TreeFrame] = []

  /// `mergesEqualNames` makes frames that are written alike one frame, as a text format will.
  /// `tellsNativeLines` keeps native frames apart by line too, for formats that have a place for it.
  init(
    _ profile: Profile, options: ReportOptions, mergesEqualNames: Bool = false,
    tellsNativeLines: Bool = false
  ) {
    let spelling = FrameSpelling(profile: profile)
    var known: [Key: Int32] = [:]
    var knownNames: [String: Int32] = [:]
    for frame in profile.frames {
      let function = profile.functions[Int(frame.function)]
      let isHidden = frame.isInlined && !options.showsInlined
      roles.append(isHidden ? .hidden : Self.role(of: function, options: options))
      let tellsLines = options.showsLines && (function.kind == .python || tellsNativeLines)
      let line = tellsLines ? frame.line : 0
      let key = Key(function: frame.function, line: line, isInlined: frame.isInlined)
      if let index = known[key] {
        shown.append(index)
        continue
      }
      let name = spelling.spell(
        function: frame.function, line: line, isInlined: frame.isInlined,
        annotates: options.annotates)
      let new = Int32(frames.count)
      let index = mergesEqualNames ? knownNames[name, default: new] : new
      known[key] = index
      shown.append(index)
      guard index == new else { continue }
      knownNames[name] = new
      frames.append(
        TreeFrame(
          name: name, kind: TreeFrame.Kind(function.kind), function: frame.function,
          line: line > 0 ? line : function.line, address: frame.address,
          isInlined: frame.isInlined))
    }
  }

  /// Adds a frame that stands for no code.
  mutating func add(group name: String) -> Int32 {
    frames.append(TreeFrame(name: name, kind: .group))
    return Int32(frames.count - 1)
  }

  private struct Key: Hashable {
    var function: Int32
    var line: Int32
    var isInlined: Bool
  }

  private static func role(of function: Function, options: ReportOptions) -> Role {
    switch options.frames {
    case .pythonOnly where function.kind != .python: return .hidden
    case .nativeOnly where function.kind == .python: return .hidden
    default: break
    }
    guard function.isPlumbing, !options.showsPlumbing else { return .shown }
    return isEvalLoop(function.name) ? .evalLoop : .glue
  }

  /// Compilers append `.cold`, `.lto_priv.0` and the like to the parts of one function.
  private static func isEvalLoop(_ name: String) -> Bool {
    let base = name.utf8.prefix { $0 != UInt8(ascii: ".") }
    return base.elementsEqual("_PyEval_EvalFrameDefault".utf8)
      || base.elementsEqual("PyEval_EvalFrameEx".utf8)
  }
}

extension TreeFrame.Kind {
  init(_ kind: Function.Kind) {
    switch kind {
    case .python: self = .python
    case .native: self = .native
    case .kernel: self = .kernel
    }
  }
}
