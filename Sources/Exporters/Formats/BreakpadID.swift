/// Breakpad's identifier of a module, by which symbol servers know it.
enum BreakpadID {
  /// The first 16 bytes of a build-id as a GUID, whose first three groups are little-endian, in
  /// upper-case hex, and an age of 0. A shorter build-id is filled up with zeros.
  static func text(ofBuildID buildID: String) -> String {
    let digits = Array(buildID.prefix(32)) + Array(repeating: Character("0"), count: 32)
    let bytes = (0..<16).map { String(digits[(2 * $0)...(2 * $0 + 1)]) }
    let groups = [bytes[0..<4].reversed(), bytes[4..<6].reversed(), bytes[6..<8].reversed()]
    return (groups.flatMap { $0 } + bytes[8...]).joined().uppercased() + "0"
  }
}
