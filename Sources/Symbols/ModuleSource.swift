import SampleTypes

/// Where the bytes of a module come from.
enum ModuleSource: Hashable {
  case file(ModuleFile)
  /// The vdso, read from the target's memory.
  case memory(name: String, bytes: [UInt8])

  var path: String {
    switch self {
    case .file(let file): file.path
    case .memory(let name, _): name
    }
  }

  func open() -> Result<ElfImage, ElfError> {
    Result { () throws(ElfError) in
      switch self {
      case .file(let file): try ElfImage(file: file.open())
      case .memory(_, let bytes): try ElfImage(bytes: bytes)
      }
    }
  }

  func layout() -> Result<ElfLayout, ElfError> {
    switch self {
    case .file(let file):
      Result { () throws(ElfError) in
        let file = try file.open()
        return try ElfLayout { file.read(at: $0, count: $1) }
      }
    case .memory: open().map(\.layout)
    }
  }

  /// The separate debug file of `image`, if it was stripped of `.symtab` and one is installed
  /// (GDB manual, "Debugging Information in Separate Files").
  func debugImage(of image: ElfImage) -> ElfImage? {
    guard case .file(let file) = self, image.section(named: ".symtab") == nil,
      let buildID = image.buildID, buildID.utf8.count > 2
    else { return nil }
    let path = "/usr/lib/debug/.build-id/\(buildID.prefix(2))/\(buildID.dropFirst(2)).debug"
    for root in file.roots {
      if let debug = try? ElfImage(path: root + path), debug.buildID == buildID { return debug }
    }
    return nil
  }
}
