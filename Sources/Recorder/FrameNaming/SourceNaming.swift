import ProfileModel
import RecordingFile
import StackMerging
import Symbols

/// Gives native frames their source lines and inlined calls, after their samples were written: a
/// recording says what a frame expands to when it is known (Docs/RecordingFormat.md).
final class SourceNaming {
  /// A module whose DWARF can be had.
  struct Build {
    /// The build ID, or the path where there is none: copies of a build share what is read.
    var name: String
    var source: DebugSource
  }

  private let writer: RecordingWriter
  private let resolver = SourceResolver()
  private let downloads: Bool
  /// What stands in a frame's place until it is answered, and where nothing is known.
  private var asked: [Int32: Frame] = [:]
  private var functions: [Int32: Function] = [:]

  /// Addresses whose lines are looked up, in all: 60 MB. Further ones are frames of their functions.
  private static let mostAsked = 1 << 18

  /// Seconds after the end that reading DWARF may take, and downloading it.
  private static let patience = 0.8
  private static let downloadPatience = 60.0

  /// `downloads` counts on debuginfod for what is not installed.
  init(writer: RecordingWriter, downloads: Bool) {
    self.writer = writer
    self.downloads = downloads
  }

  /// Nil where a module's frames have no lines to be found.
  func build(of module: LoadedModule) -> Build? {
    module.debugSource(mayDownload: downloads).map {
      Build(name: module.buildID ?? module.path, source: $0)
    }
  }

  /// A frame for one address of `function`, whose lines will follow. `start` is the function's own.
  func frame(of function: Function, index: Int32, address: UInt64, start: UInt64, in build: Build)
    -> Int32
  {
    guard asked.count < Self.mostAsked, writer.hasRoomForFrames else {
      return writer.add(frame: Frame(function: index, address: start))
    }
    let frame = writer.add(frame: Frame(function: index, address: address))
    guard asked[frame] == nil else { return frame }
    functions[index] = function
    asked[frame] = Frame(function: index, address: start)
    // What is inlined into an eval loop or call glue would look like functions that Python called.
    resolver.submit(
      .init(frame: frame, address: address, wantsInlined: !function.isPlumbing), build: build.name,
      source: build.source)
    return frame
  }

  /// Writes down what has become known.
  func update() {
    for answer in resolver.takeAnswers() { write(answer) }
  }

  /// Waits for the rest, within limits; sentences about what is missing.
  func finish() -> [String] {
    let missing = resolver.finish(seconds: downloads ? Self.downloadPatience : Self.patience)
    update()
    var sentences: [String] = []
    if missing > 0 {
      sentences.append(
        "\(missing) of \(asked.count) native code addresses have no source line: "
          + "reading debug information took too long")
    }
    if let (builds, reason) = resolver.downloadFailure {
      sentences.append(
        "debug files of \(builds) \(builds == 1 ? "module" : "modules") were not downloaded: \(reason)"
      )
    }
    return sentences
  }

  private func write(_ answer: SourceResolver.Answer) {
    guard let frame = asked[answer.frame], let function = functions[frame.function] else { return }
    var parts = answer.parts
    if parts.isEmpty { parts.append(SourceFrame()) }
    let frames = parts.enumerated().map { index, part in
      self.frame(part, of: function, address: frame.address, isInlined: index > 0)
    }
    writer.add(expansionOf: answer.frame, parts: frames)
  }

  private func frame(
    _ part: SourceFrame, of function: Function, address: UInt64, isInlined: Bool
  ) -> Int32 {
    var named = function
    (named.file, named.line) = (part.file, part.definitionLine)
    if let name = part.name { named.name = name }
    if isInlined { named.isPlumbing = InterpreterFunction(symbol: named.name) != .other }
    return writer.add(
      frame: Frame(
        function: writer.add(function: named), line: part.line, address: address,
        isInlined: isInlined))
  }
}
