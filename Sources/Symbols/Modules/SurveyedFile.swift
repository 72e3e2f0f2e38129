import Glibc

/// What a survey of the memory map learnt of one file.
struct SurveyedFile {
  var layout: ElfLayout
  /// Kept open, so that its symbols can be read whatever happens to its path and to the process.
  var file: OpenFile?

  /// Descriptors may be few: files beyond this are opened again when needed.
  static let limit: Int = {
    var value = rlimit()
    guard getrlimit(Int32(RLIMIT_NOFILE.rawValue), &value) == 0 else { return 384 }
    return Int(min(384, value.rlim_cur / 4))
  }()
}
