import ProfileModel
import SampleTypes

/// The tables that all threads of a Firefox profile share.
struct FirefoxTables {
  private(set) var libs: [Module] = []
  private var strings: [String] = []
  private var indexOfString: [String: Int] = [:]
  private var sources: [Int] = []
  private var resources: [Resource] = []
  private var symbols: [Symbol] = []
  private var functions: [Function] = []
  private var frames: [Frame] = []
  /// A row for each node of the tree but the root.
  private var stacks: [(prefix: Int, frame: Int)] = []
  private var markerNames: [Int] = []

  private struct Resource {
    var name: Int
    var lib: Int
  }

  private struct Symbol {
    var lib: Int
    var address: Int
    var name: Int
  }

  private struct Function {
    var name: Int
    var resource: Int
    var source: Int
    var line: Int32
  }

  private struct Frame: Hashable {
    /// Index in `StackTree.frames`.
    var shown: Int32
    /// The frame that this one is inlined into, at the same address; -1 if none.
    var outer: Int
    var inlineDepth: Int
    var function = -1
    var symbol = -1
    var address = -1
    var line: Int32 = 0
    var category = FrameFacts.Category.group
  }

  init(_ tree: StackTree, _ profile: Profile) {
    var builder = Builder(profile)
    for state in GilState.allCases { markerNames.append(string(state.towerName(profile.target))) }
    for node in tree.nodes.indices.dropFirst() {
      let parent = Int(tree.nodes[node].parent)
      let outer = tree.isInlined[node] ? stacks[parent - 1].frame : -1
      let frame = self.frame(tree.nodes[node].frame, tree, outer: outer, &builder)
      stacks.append((parent - 1, frame))
    }
  }

  func markerName(of state: GilState) -> Int64 { Int64(markerNames[Int(state.rawValue)]) }

  // MARK: Building

  private struct Builder {
    let profile: Profile
    var frames: [Frame: Int] = [:]
    var functions: [ExportedFunction: (index: Int, facts: FrameFacts, symbol: Int)] = [:]
    var resources: [Int32: Int] = [:]
    var sources: [String: Int] = [:]

    init(_ profile: Profile) { self.profile = profile }
  }

  private mutating func string(_ text: String) -> Int {
    if let index = indexOfString[text] { return index }
    indexOfString[text] = strings.count
    strings.append(text)
    return strings.count - 1
  }

  private mutating func frame(
    _ shown: Int32, _ tree: StackTree, outer: Int, _ builder: inout Builder
  ) -> Int {
    let content = tree.frames[Int(shown)]
    let isInlined = outer >= 0 && frames[outer].symbol >= 0
    var key = Frame(
      shown: shown, outer: isInlined ? outer : -1,
      inlineDepth: isInlined ? frames[outer].inlineDepth + 1 : 0)
    if let known = builder.frames[key] { return known }
    builder.frames[key] = frames.count
    let (function, facts, symbol) = self.function(content, &builder)
    key.function = function
    key.category = facts.category
    key.line = content.line
    key.symbol = isInlined ? frames[outer].symbol : symbol
    key.address = isInlined ? frames[outer].address : Self.address(of: content, facts)
    frames.append(key)
    return frames.count - 1
  }

  /// Relative to the library; -1 for Python, and for what JSON's readers could not hold exactly.
  private static func address(of frame: TreeFrame, _ facts: FrameFacts) -> Int {
    guard facts.category == .native || facts.category == .inlined else { return -1 }
    return frame.address < 1 << 53 ? Int(frame.address) : -1
  }

  private mutating func function(
    _ frame: TreeFrame, _ builder: inout Builder
  ) -> (index: Int, facts: FrameFacts, symbol: Int) {
    let key = ExportedFunction(function: frame.function, name: frame.function < 0 ? frame.name : "")
    if let known = builder.functions[key] { return known }
    let facts = FrameFacts(frame, builder.profile)
    let resource = self.resource(facts, &builder)
    let name = string(facts.name)
    functions.append(
      Function(
        name: name, resource: resource, source: source(facts.file, &builder),
        line: facts.firstLine))
    var symbol = -1
    if resource >= 0, resources[resource].lib >= 0 {
      symbol = symbols.count
      symbols.append(
        Symbol(
          lib: resources[resource].lib, address: max(Self.address(of: frame, facts), 0),
          name: name))
    }
    let entry = (index: functions.count - 1, facts: facts, symbol: symbol)
    builder.functions[key] = entry
    return entry
  }

  private mutating func resource(_ facts: FrameFacts, _ builder: inout Builder) -> Int {
    guard facts.moduleIndex >= 0 else { return -1 }
    if let known = builder.resources[facts.moduleIndex] { return known }
    let module = builder.profile.modules[Int(facts.moduleIndex)]
    // `[kernel]` and the like are no files.
    let isFile = !module.path.hasPrefix("[")
    if isFile { libs.append(module) }
    resources.append(Resource(name: string(module.name), lib: isFile ? libs.count - 1 : -1))
    builder.resources[facts.moduleIndex] = resources.count - 1
    return resources.count - 1
  }

  private mutating func source(_ file: String, _ builder: inout Builder) -> Int {
    guard !file.isEmpty else { return -1 }
    if let known = builder.sources[file] { return known }
    sources.append(string(file))
    builder.sources[file] = sources.count - 1
    return sources.count - 1
  }

  // MARK: Writing

  func write(to json: inout JSONWriter<some ByteSink>) {
    json.object { json in
      json.column("stringArray", strings) { $0.value($1) }
      table("sources", sources.count, &json) { json in
        json.column("filename", indexes: sources)
        json.column("uuid", indexes: sources.map { _ in -1 })
      }
      table("stackTable", stacks.count, &json) { json in
        json.column("frame", indexes: stacks.lazy.map(\.frame))
        json.column("prefix", indexes: stacks.lazy.map(\.prefix))
      }
      table("frameTable", frames.count, &json, writeFrames)
      table("funcTable", functions.count, &json, writeFunctions)
      table("resourceTable", resources.count, &json) { json in
        json.column("lib", indexes: resources.lazy.map(\.lib))
        json.column("name", indexes: resources.lazy.map(\.name))
        json.column("host", indexes: resources.map { _ in -1 })
        // A library.
        json.column("type", indexes: resources.map { _ in 1 })
      }
      table("nativeSymbols", symbols.count, &json) { json in
        json.column("libIndex", indexes: symbols.lazy.map(\.lib))
        json.column("address", indexes: symbols.lazy.map(\.address))
        json.column("name", indexes: symbols.lazy.map(\.name))
        json.column("functionSize", indexes: symbols.map { _ in -1 })
      }
    }
  }

  private func table<Sink: ByteSink>(
    _ name: String, _ length: Int, _ json: inout JSONWriter<Sink>,
    _ columns: (inout JSONWriter<Sink>) -> Void
  ) {
    json.key(name)
    json.object { json in
      columns(&json)
      json.member("length", Int64(length))
    }
  }

  private func writeFrames(_ json: inout JSONWriter<some ByteSink>) {
    // Here -1 itself is "none", not null.
    json.column("address", frames) { $0.value(Int64($1.address)) }
    json.column("inlineDepth", indexes: frames.lazy.map(\.inlineDepth))
    json.column("category", indexes: frames.lazy.map(\.category.rawValue))
    json.column("subcategory", indexes: frames.lazy.map { _ in 0 })
    json.column("func", indexes: frames.lazy.map(\.function))
    json.column("nativeSymbol", indexes: frames.lazy.map(\.symbol))
    json.column("innerWindowID", indexes: frames.lazy.map { _ in -1 })
    json.column("line", indexes: frames.lazy.map { $0.line > 0 ? Int($0.line) : -1 })
    json.column("column", indexes: frames.lazy.map { _ in -1 })
  }

  private func writeFunctions(_ json: inout JSONWriter<some ByteSink>) {
    json.column("name", indexes: functions.lazy.map(\.name))
    json.column("isJS", functions) { json, _ in json.value(false) }
    json.column("relevantForJS", functions) { json, _ in json.value(false) }
    json.column("resource", functions) { $0.value(Int64($1.resource)) }
    json.column("source", indexes: functions.lazy.map(\.source))
    json.column("lineNumber", indexes: functions.lazy.map { $0.line > 0 ? Int($0.line) : -1 })
    json.column("columnNumber", indexes: functions.lazy.map { _ in -1 })
  }
}
