extension RecordingReader {
  /// True if there is a file at `path` that begins as a recording does, whatever follows.
  public static func isRecording(path: String) -> Bool {
    guard let file = try? InputFile(path: path),
      let start = try? file.bytes(at: 0, count: min(FileFormat.magic.count, file.size))
    else { return false }
    return start == FileFormat.magic
  }
}
