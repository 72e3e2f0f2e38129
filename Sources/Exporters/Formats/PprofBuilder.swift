import ProfileModel
import SampleTypes

/// Collects the tables of a pprof profile.
struct PprofBuilder {
  private let profile: Profile
  private let tree: StackTree
  private let frameLimit: FrameLimit
  private var result = PprofProfile()
  private var strings: [String: Int64] = [:]
  private var locations: [[Int32]: UInt64] = [:]
  private var locationOfNode: [UInt64]
  /// The stack of each leaf, shared by all its samples.
  private var stackOfLeaf: [[UInt64]]
  private var functions: [ExportedFunction: UInt64] = [:]
  private var mappings: PprofMappings
  private let facts: [FrameFacts]

  init(_ profile: Profile, _ tree: StackTree, _ frameLimit: FrameLimit) {
    self.profile = profile
    self.tree = tree
    self.frameLimit = frameLimit
    facts = tree.frames.map { FrameFacts($0, profile) }
    mappings = PprofMappings(profile, tree.frames)
    locationOfNode = Array(repeating: 0, count: tree.nodes.count)
    stackOfLeaf = Array(repeating: [], count: tree.nodes.count)
    _ = string("")
    // The first after the empty one: some readers take `default_sample_type` for an index of types.
    let time = string("time")
    result.sampleType = [valueType("samples", "count")]
    for name in ["time", "cpu", "gil_held", "released", "waiting"] {
      result.sampleType.append(valueType(name, "nanoseconds"))
    }
    result.defaultSampleType = time
    describe()
  }

  private mutating func describe() {
    let recording = profile.recording
    result.timeNanos = recording.startTime
    result.durationNanos = recording.duration
    result.periodType = valueType("cpu", "nanoseconds")
    result.period = 1_000_000_000 / max(Int64(recording.rate), 1)
    result.comment = [
      string("hyflame \(recording.hyflameVersion)"), string(profile.target.command),
    ]
  }

  // MARK: Samples

  mutating func add(_ amounts: StackAmounts) {
    result.sample.reserveCapacity(amounts.rows.count)
    var labels: [[PprofLabel]?] = Array(
      repeating: nil, count: profile.threads.count * RecordedState.count)
    for row in amounts.rows {
      let state =
        Int(row.thread) * RecordedState.count + RecordedState(row.gil, row.cpu).rawValue
      let known = labels[state] ?? self.labels(of: row)
      labels[state] = known
      var sample = PprofSample()
      sample.locationID = locations(of: row.node)
      sample.value =
        [row.samples, row.time, row.cpu == .running ? row.time : 0]
        + [GilState.held, .released, .waiting].map { row.gil == $0 ? row.time : 0 }
      sample.label = known
      result.sample.append(sample)
    }
  }

  private mutating func labels(of row: StackAmounts.Row) -> [PprofLabel] {
    let thread = profile.threads[Int(row.thread)]
    var labels = [
      label("thread", thread.name), label("tid", String(thread.tid)),
      label("gil", row.gil.name), label("state", row.cpu.name),
    ]
    if profile.hasSeveralProcesses {
      labels.append(label("pid", String(thread.pid)))
      labels.append(label("process", profile.label(of: profile.process(of: thread))))
    }
    return labels
  }

  /// Innermost first; calls that are inlined into one function share its location.
  private mutating func locations(of leaf: Int32) -> [UInt64] {
    guard stackOfLeaf[Int(leaf)].isEmpty else { return stackOfLeaf[Int(leaf)] }
    var ids: [UInt64] = []
    var node = leaf
    let depth = Int(tree.depths[Int(leaf)])
    var isCut = false
    while node > 0 {
      if frameLimit.shows(Int(tree.depths[Int(node)]), of: depth) {
        if locationOfNode[Int(node)] == 0 { locationOfNode[Int(node)] = addLocation(node) }
        ids.append(locationOfNode[Int(node)])
      } else if !isCut {
        isCut = true
        ids.append(locationOfPlaceholder())
      }
      node = outermost(of: node)
      node = tree.nodes[Int(node)].parent
    }
    stackOfLeaf[Int(leaf)] = ids
    return ids
  }

  /// Stands for frames that are left out.
  private mutating func locationOfPlaceholder() -> UInt64 {
    if let known = locations[[]] { return known }
    var function = PprofFunction()
    function.id = UInt64(functions.count + 1)
    function.name = string(FrameLimit.placeholder)
    function.systemName = function.name
    functions[ExportedFunction(function: -1, name: FrameLimit.placeholder)] = function.id
    result.function.append(function)
    var location = PprofLocation()
    location.id = UInt64(locations.count + 1)
    var line = PprofLine()
    line.functionID = function.id
    location.line = [line]
    locations[[]] = location.id
    result.location.append(location)
    return location.id
  }

  /// The function whose code `node` is in, through all that is inlined.
  private func outermost(of node: Int32) -> Int32 {
    var node = node
    while tree.isInlined[Int(node)] { node = tree.nodes[Int(node)].parent }
    return node
  }

  private mutating func addLocation(_ node: Int32) -> UInt64 {
    var frames = [tree.nodes[Int(node)].frame]
    var outer = node
    while tree.isInlined[Int(outer)] {
      outer = tree.nodes[Int(outer)].parent
      frames.append(tree.nodes[Int(outer)].frame)
    }
    if let known = locations[frames] { return known }
    var location = PprofLocation()
    location.id = UInt64(locations.count + 1)
    let module = facts[Int(frames[frames.count - 1])].moduleIndex
    location.mappingID = mappings.id(of: module)
    location.address = mappings.address(
      tree.frames[Int(frames[frames.count - 1])].address, in: module)
    location.line = frames.map { frame in
      var line = PprofLine()
      line.functionID = function(of: frame)
      line.line = Int64(tree.frames[Int(frame)].line)
      return line
    }
    locations[frames] = location.id
    result.location.append(location)
    return location.id
  }

  // MARK: Tables

  private mutating func function(of frame: Int32) -> UInt64 {
    let facts = facts[Int(frame)]
    let key = ExportedFunction(
      function: tree.frames[Int(frame)].function,
      name: facts.category == .group ? facts.exactName : "")
    if let known = functions[key] { return known }
    var function = PprofFunction()
    function.id = UInt64(functions.count + 1)
    function.name = string(facts.exactName)
    // pprof takes `<…>` out of names that are equal to the system's.
    let place = facts.category == .python ? "py" : facts.module
    function.systemName = string("\(place)::\(facts.exactName)")
    function.filename = string(facts.file)
    function.startLine = Int64(facts.firstLine)
    functions[key] = function.id
    result.function.append(function)
    return function.id
  }

  mutating func finish() -> PprofProfile {
    for (place, id) in mappings.used {
      var mapping = PprofMapping()
      mapping.id = id
      mapping.memoryStart = place.start
      mapping.memoryLimit = place.limit
      mapping.filename = string(place.path)
      mapping.buildID = string(place.buildID)
      // Or pprof looks for the files, on a machine that may have others.
      mapping.hasFunctions_p = true
      mapping.hasFilenames_p = true
      mapping.hasLineNumbers_p = true
      mapping.hasInlineFrames_p = true
      result.mapping.append(mapping)
    }
    return result
  }

  private mutating func string(_ text: String) -> Int64 {
    if let index = strings[text] { return index }
    let index = Int64(result.stringTable.count)
    strings[text] = index
    result.stringTable.append(text)
    return index
  }

  private mutating func valueType(_ type: String, _ unit: String) -> PprofValueType {
    var value = PprofValueType()
    value.type = string(type)
    value.unit = string(unit)
    return value
  }

  private mutating func label(_ key: String, _ value: String) -> PprofLabel {
    var label = PprofLabel()
    label.key = string(key)
    label.str = string(value)
    return label
  }
}
