import Foundation

/// The tree of Debian's unstable suite that `Scripts/make-debian-pythons.sh` makes. What runs
/// chrooted in it sees none of this machine's files.
public enum DebianTree {
  public static let root = "\(repositoryRoot)/.interpreters/sid"

  /// Where `Tests/Programs` lies, as seen inside; copied there once a test run, beside the library
  /// of known_mix, which cannot be compiled there.
  static func programs() throws -> String { try copied.get() }

  private static let copied = Result {
    let files = FileManager.default
    let place = "\(root)/hyflame"
    let library = ".build/programs/libknown_mix.so"
    _ = try TestProgram.build("known_mix")
    try? files.removeItem(atPath: place)
    for directory in ["Tests", ".build/programs"] {
      try files.createDirectory(
        atPath: "\(place)/\(directory)", withIntermediateDirectories: true)
    }
    try files.copyItem(atPath: TestProgram.directory, toPath: "\(place)/Tests/Programs")
    try files.copyItem(atPath: "\(repositoryRoot)/\(library)", toPath: "\(place)/\(library)")
    return "/hyflame/Tests/Programs"
  }
}
