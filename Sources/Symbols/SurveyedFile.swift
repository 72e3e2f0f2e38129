/// What a survey of the memory map learnt of one file.
struct SurveyedFile {
  var layout: ElfLayout
  /// Kept open, so that its symbols can be read whatever happens to its path and to the process.
  var file: OpenFile?

  /// Descriptors are few where `ulimit -n` is 1,024; files beyond this are opened again when needed.
  static let limit = 384
}
