import Glibc

/// A file under `Tests/Fixtures/goldens` that output is compared with, byte for byte.
///
/// `HYFLAME_BLESS=1` writes the output instead; the difference is then reviewed in git.
public struct Golden {
  private let path: String

  public init(_ name: String) {
    path = "\(repositoryRoot)/Tests/Fixtures/goldens/\(name)"
  }

  /// Nil if `bytes` are what the file holds or have just been blessed, else what differs first.
  public func difference(from bytes: [UInt8]) -> String? {
    if getenv("HYFLAME_BLESS") != nil { return write(bytes) ? nil : "cannot write \(path)" }
    guard let expected = read() else { return "no \(path); HYFLAME_BLESS=1 makes it" }
    if expected == bytes { return nil }
    let theirs = expected.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let ours = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let line = zip(theirs, ours).prefix { $0 == $1 }.count
    let show = { (lines: [ArraySlice<UInt8>]) in
      line < lines.count ? String(decoding: lines[line], as: UTF8.self) : "(end)"
    }
    return "\(path):\(line + 1)\n- \(show(theirs))\n+ \(show(ours))"
  }

  private func read() -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  private func write(_ bytes: [UInt8]) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    defer { fclose(file) }
    return fwrite(bytes, 1, bytes.count, file) == bytes.count
  }
}
