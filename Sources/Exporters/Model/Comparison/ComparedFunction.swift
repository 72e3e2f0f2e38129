import ProfileModel

/// What makes functions of two recordings the same: not the line, which moves, and not the folder,
/// which may be another environment.
struct ComparedFunction: Hashable {
  var name: String
  var kind: Function.Kind?
  /// File name of the source of Python, of the module of other code.
  var place: String

  init(_ frame: TreeFrame, _ profile: Profile) {
    guard frame.function >= 0 else {
      (name, kind, place) = (frame.name, nil, "")
      return
    }
    let function = profile.functions[Int(frame.function)]
    kind = function.kind
    name = FunctionName(function).full
    let path = function.kind == .python ? function.file : profile.path(ofModule: function.module)
    let file = path.split(separator: "/").last.map(String.init) ?? path
    place = ModuleFileName.withoutABI(file)
  }

  /// `name (place)`.
  var text: String {
    place.isEmpty || name.hasPrefix(place + "+0x") ? name : "\(name) (\(place))"
  }
}

extension Profile {
  fileprivate func path(ofModule index: Int32) -> String {
    index < 0 ? "" : modules[Int(index)].path
  }
}
