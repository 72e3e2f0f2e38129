import CElfutils
import NamedFiles

/// Where the symbols and the DWARF of a stripped file may lie (GDB manual, "Debugging Information in
/// Separate Files").
struct DebugFiles: Sendable {
  /// Directories that stand for `/`, tried in this order: the target's first.
  let roots: [String]
  /// Of the stripped file, in the target.
  let path: String
  /// Whoever chose that path, and what the file refers to; nil: we ourselves.
  var reader: FileReader?

  /// The separate debug file of `image`: by build ID, then by `.gnu_debuglink`. Nil if there is
  /// none, or if what is there belongs to another build.
  func separateImage(of image: ElfImage) -> ElfImage? {
    if let buildID = image.buildID, let found = byBuildID(buildID) { return found }
    return byLink(of: image)
  }

  private func byBuildID(_ buildID: String) -> ElfImage? {
    guard buildID.utf8.count > 2 else { return nil }
    let path = "/usr/lib/debug/.build-id/\(buildID.prefix(2))/\(buildID.dropFirst(2)).debug"
    for root in roots {
      if let debug = self.image(path, root), debug.buildID == buildID { return debug }
    }
    return nil
  }

  private func image(_ path: String, _ root: String) -> ElfImage? {
    try? ElfImage(path: path, root: root, as: reader)
  }

  /// What several debug files share, which `.gnu_debugaltlink` of one of them names (dwz(1)): by build
  /// ID, or at that path. It counts only if it has the build ID.
  func supplement(of image: ElfImage) -> ElfImage? {
    guard let link = Self.supplementLink(of: image) else { return nil }
    if let found = byBuildID(link.buildID) { return found }
    guard link.name.hasPrefix("/") else { return nil }
    for root in roots {
      if let found = self.image(link.name, root), found.buildID == link.buildID { return found }
    }
    return nil
  }

  /// `.gnu_debugaltlink`: a path, and the bytes of the build ID.
  static func supplementLink(of image: ElfImage) -> (name: String, buildID: String)? {
    guard let section = image.section(named: ".gnu_debugaltlink"), section.size <= linkSize,
      let view = image.contents(of: section), let name = view.stringBytes(at: 0), !name.isEmpty,
      (2...64).contains(view.count - name.count - 1)
    else { return nil }
    let buildID = view.bytes[(name.count + 1)...].map(ElfImage.hexadecimal).joined()
    return (String(decoding: name, as: UTF8.self), buildID)
  }

  /// A path, a checksum or build ID, and to spare.
  private static let linkSize: UInt64 = 1 << 13

  private func byLink(of image: ElfImage) -> ElfImage? {
    guard path.hasPrefix("/"), let link = Self.link(of: image), let slash = path.lastIndex(of: "/")
    else { return nil }
    let directory = path[..<slash]
    let places: [String] = ["\(directory)", "\(directory)/.debug", "/usr/lib/debug\(directory)"]
    for (index, root) in roots.enumerated() {
      // Beside the file itself only where that file is: not in our own root for another's path.
      for place in index == 0 ? places[...] : places.suffix(1) {
        guard let debug = self.image("\(place)/\(link.name)", root) else { continue }
        // A build ID says more than a checksum, and needs no reading of the whole file.
        let matches =
          image.buildID.map { $0 == debug.buildID } ?? (debug.checksum() == link.checksum)
        if matches, debug.hasDebugSections { return debug }
      }
    }
    return nil
  }

  /// `.gnu_debuglink`: a file name, padded to 4 bytes, and the CRC-32 of that file.
  static func link(of image: ElfImage) -> (name: String, checksum: UInt32)? {
    guard let section = image.section(named: ".gnu_debuglink"), section.size <= linkSize,
      let view = image.contents(of: section), let name = view.stringBytes(at: 0),
      // A name with directories could lead anywhere.
      !name.isEmpty, name.count < 256, !name.contains(UInt8(ascii: "/")),
      let checksum = view.load(UInt32.self, at: (name.count + 4) & ~3)
    else { return nil }
    return (String(decoding: name, as: UTF8.self), checksum)
  }
}

extension ElfImage {
  /// True for what a debug file is opened for: the stripped file itself may have the linked name.
  var hasDebugSections: Bool {
    section(named: ".symtab") != nil || section(named: ".debug_info") != nil
  }

  /// The symbols that distributions leave in a stripped file: `.gnu_debugdata` is an ELF file with
  /// nothing but a `.symtab`, compressed with xz (GDB manual, "MiniDebugInfo").
  func minidebugImage() -> ElfImage? {
    guard let section = section(named: ".gnu_debugdata"),
      isReadable(section, upTo: ReadingBounds.packedSymbols, as: .symbols),
      let view = contents(of: section), let bytes = xzDecoded(view.bytes)
    else { return nil }
    return try? ElfImage(bytes: bytes)
  }
}
