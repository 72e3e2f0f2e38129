import Glibc
import SampleTypes

/// Where the bytes of a module come from.
enum ModuleSource {
  /// A file, and the open file if it is kept open: then it can still be read when the target has
  /// ended, or another file has its path.
  case file(ModuleFile, OpenFile?)
  /// The vdso, read from the target's memory.
  case memory(name: String, bytes: [UInt8])

  var path: String {
    switch self {
    case .file(let file, _): file.path
    case .memory(let name, _): name
    }
  }

  func open() -> Result<ElfImage, ElfError> {
    Result { () throws(ElfError) in
      switch self {
      case .file(let file, let opened):
        if let opened { return try ElfImage(file: opened) }
        return try ElfImage(file: try file.open { _ in false })
      case .memory(_, let bytes): return try ElfImage(bytes: bytes)
      }
    }
  }

  /// Where files with debug information of this module may lie; nil for the vdso.
  var debugFiles: DebugFiles? {
    guard case .file(let file, _) = self else { return nil }
    return DebugFiles(roots: file.debugRoots, path: file.path, reader: file.reader)
  }

  /// The separate debug file of `image`, if that lacks anything that one would have.
  func separateImage(of image: ElfImage) -> ElfImage? {
    guard image.section(named: ".symtab") == nil || !image.hasDebugInformation else { return nil }
    return debugFiles?.separateImage(of: image)
  }

  /// What has symbols besides `image`, if that was stripped of `.symtab`: its separate debug file, or
  /// what the distribution left inside.
  func symbolImage(of image: ElfImage, separate: ElfImage?) -> ElfImage? {
    guard image.section(named: ".symtab") == nil else { return nil }
    if let separate, separate.section(named: ".symtab") != nil { return separate }
    return image.minidebugImage()
  }
}
