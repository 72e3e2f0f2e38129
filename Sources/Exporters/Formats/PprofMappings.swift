import ProfileModel

/// The modules of a pprof profile and their addresses.
///
/// A recording has link-time addresses. Each module gets a range of its own, so that an address
/// belongs to one of them; minus the start of the range it is the link-time address again.
struct PprofMappings {
  struct Place {
    var path: String
    var buildID: String
    var start: UInt64 = 0
    var limit: UInt64 = 0
  }

  /// Modules that were asked for, in that order; identifiers count from 1.
  private(set) var used: [(place: Place, id: UInt64)] = []
  private var idOfModule: [Int32: UInt64] = [:]
  private let places: [Place]

  init(_ profile: Profile, _ frames: [TreeFrame]) {
    var highest = profile.modules.map { _ in UInt64(0) }
    for frame in frames where frame.function >= 0 {
      let module = Int(profile.functions[Int(frame.function)].module)
      if module >= 0 { highest[module] = max(highest[module], frame.address) }
    }
    var next: UInt64 = 0x1_0000_0000
    places = zip(profile.modules, highest).map { module, highest in
      // The kernel has addresses of its own; nothing else of a file is that high.
      guard !module.path.hasPrefix("["), highest < 1 << 40, next < 1 << 62 else {
        return Place(path: module.path, buildID: module.buildID)
      }
      let start = next
      next += (highest | 0xFFFF) + 0x1_0001
      return Place(path: module.path, buildID: module.buildID, start: start, limit: next - 0x1_0000)
    }
  }

  /// -1 is Python.
  mutating func id(of module: Int32) -> UInt64 {
    if let id = idOfModule[module] { return id }
    let id = UInt64(used.count + 1)
    idOfModule[module] = id
    used.append((module < 0 ? Place(path: "[python]", buildID: "") : places[Int(module)], id))
    return id
  }

  func address(_ address: UInt64, in module: Int32) -> UInt64 {
    module < 0 ? 0 : places[Int(module)].start &+ address
  }
}
