/// Why a recording could not be written or read. The command line turns each into a sentence.
public enum RecordingFileError: Error, Equatable {
  /// The output is there already, and replacing it was not asked for.
  case outputExists(path: String)
  /// The output cannot be created or opened for writing.
  case unwritable(path: String, errno: Int32)
  /// A device, FIFO, directory or symbolic link, where only a regular file makes sense.
  case notRegularFile(path: String)
  /// Writing failed after the start. What was flushed before stays readable.
  case writeFailed(path: String, errno: Int32)
  /// Somebody removed, replaced or cut the file while it was written. `rescue` is the file that has what
  /// was written, nil if it is lost.
  case disturbed(path: String, rescue: String?)
  case unreadable(path: String, errno: Int32)
  /// Nothing was ever flushed into it.
  case empty(path: String)
  /// It begins with zeros: it was emptied while it was written.
  case emptied(path: String)
  /// Another kind of file.
  case notRecording(path: String)
  /// Written by another generation of hyflame.
  case unsupportedVersion(path: String, found: UInt32, supported: UInt32)
  /// A recording whose first chunk is damaged: nothing can be read.
  case damaged(path: String, offset: Int)
}
