import ProfileModel

/// The tables of a page: what functions, frames and threads are called, and the sources.
struct HtmlTables {
  private let profile: Profile
  private let threads: [Thread]
  private let sources: [SourceText]
  private let remark: String?
  private let frames: [TreeFrame]
  private var functions: [Row] = []
  /// For each frame its row in `functions`.
  private var functionOfFrame: [Int] = []
  /// Files and modules, each once.
  private var paths: [String] = [""]
  private var numberOfPath: [String: Int] = ["": 0]

  private struct Row {
    var name: String
    /// Without the parameters of C++; empty where it is the name.
    var short: String
    /// As recorded; empty where it is the name.
    var symbol: String
    var kind: TreeFrame.Kind
    var file = 0
    var line: Int32 = 0
    var module = 0
    var hasScopes = false
  }

  init(
    _ profile: Profile, frames: [TreeFrame], threads: [Thread], sources: [SourceText],
    remark: String?
  ) {
    self.profile = profile
    self.frames = frames
    self.threads = threads
    self.sources = sources
    self.remark = remark
    var rowOfFunction: [Int32: Int] = [:]
    for frame in frames {
      if frame.function >= 0, let row = rowOfFunction[frame.function] {
        functionOfFrame.append(row)
        continue
      }
      functionOfFrame.append(functions.count)
      if frame.function >= 0 { rowOfFunction[frame.function] = functions.count }
      functions.append(row(of: frame))
    }
  }

  private mutating func row(of frame: TreeFrame) -> Row {
    guard frame.function >= 0 else {
      return Row(name: Self.safe(frame.name), short: "", symbol: "", kind: .group)
    }
    let function = profile.functions[Int(frame.function)]
    let name = FunctionName(function)
    let module = function.module < 0 ? "" : profile.modules[Int(function.module)].path
    return Row(
      name: Self.safe(name.full), short: name.short == name.full ? "" : Self.safe(name.short),
      symbol: function.name == name.full ? "" : Self.safe(function.name), kind: frame.kind,
      file: number(ofPath: function.file), line: function.line, module: number(ofPath: module),
      hasScopes: name.cython != nil)
  }

  /// Nothing in a name may reorder the line that it is shown in.
  private static func safe(_ name: String) -> String {
    name.isEmpty ? "[unnamed]" : name.replacingHarmfulScalars(with: "\u{FFFD}")
  }

  private mutating func number(ofPath path: String) -> Int {
    let path = path.replacingHarmfulScalars(with: "\u{FFFD}")
    if let number = numberOfPath[path] { return number }
    numberOfPath[path] = paths.count
    paths.append(path)
    return paths.count - 1
  }

  // MARK: JSON

  func json(_ options: ReportOptions) -> [UInt8] {
    JSONWriter.rendered { json in
      json.object { json in
        json.key("recording")
        writeRecording(&json)
        json.key("view")
        write(options, to: &json)
        json.column("paths", paths) { $0.value($1) }
        json.key("functions")
        writeFunctions(&json)
        json.key("frames")
        writeFrames(&json)
        json.key("threads")
        writeThreads(&json)
        json.key("sources")
        writeSources(&json)
      }
    }
  }

  private func writeRecording(_ json: inout JSONWriter<MemorySink>) {
    json.object {
      $0.member("title", Self.safe(profile.title))
      $0.member("duration", profile.recording.duration)
      $0.member("rate", Int64(profile.recording.rate))
      $0.member("recordsBlocked", profile.recording.recordsBlocked)
      $0.member("host", Self.safe(profile.target.host))
      $0.member("remark", remark ?? "")
    }
  }

  /// How the page starts.
  private func write(_ options: ReportOptions, to json: inout JSONWriter<MemorySink>) {
    json.object {
      $0.member("idle", options.filter.showsHiddenTime || !options.filter.cpu.isEmpty)
      $0.member("lines", options.showsLines)
      $0.member("rootOnTop", options.inverted)
      $0.member("byGil", options.splitsByGil)
      $0.member("sortTotal", options.sort == .totalTime)
    }
  }

  private func writeFunctions(_ json: inout JSONWriter<MemorySink>) {
    json.object { json in
      json.column("name", functions) { $0.value($1.name) }
      json.column("short", functions) { $0.value($1.short) }
      json.column("symbol", functions) { $0.value($1.symbol) }
      json.column("kind", functions) { $0.value(Int64($1.kind.rawValue)) }
      json.column("file", functions) { $0.value($1.file) }
      json.column("line", functions) { $0.value(Int64($1.line)) }
      json.column("module", functions) { $0.value($1.module) }
      json.column("scoped", functions) { $0.value($1.hasScopes ? 1 : 0) }
    }
  }

  private func writeFrames(_ json: inout JSONWriter<MemorySink>) {
    json.object { json in
      json.column("function", functionOfFrame) { $0.value($1) }
      json.column("line", frames) { $0.value(Int64($1.line)) }
      json.column("inlined", frames) { $0.value($1.isInlined ? 1 : 0) }
      json.column("shift", frames) { $0.value(FlameColor.shift(of: $1)) }
    }
  }

  private func writeThreads(_ json: inout JSONWriter<MemorySink>) {
    let hasProcesses = threads.contains { $0.pid != threads[0].pid }
    json.array { json in
      for thread in threads {
        json.object {
          $0.member("name", Self.safe(thread.name))
          $0.member("tid", Int64(thread.tid))
          $0.member("process", hasProcesses ? Int64(thread.pid) : 0)
          $0.member("python", thread.isPython)
        }
      }
    }
  }

  private func writeSources(_ json: inout JSONWriter<MemorySink>) {
    json.array { json in
      for source in sources {
        json.object {
          let file = source.file.replacingHarmfulScalars(with: "\u{FFFD}")
          $0.member("file", numberOfPath[file] ?? 0)
          $0.member("text", source.text.replacingHarmfulScalarsOfLines(with: "\u{FFFD}"))
          $0.member("note", source.note)
        }
      }
    }
  }
}
