import Foundation
import ProfileModel
import SampleTypes

@testable import Exporters

/// What a page's script reads from the data of a page, by the description of `HtmlData` alone.
struct HtmlDataReader {
  struct Stretch: Equatable {
    var node: Int
    var gil: GilState
    var cpu: CPUState
    var start: Int64
    var duration: Int64
  }

  struct Unreadable: Error {}

  let tables: [String: Any]
  let parents: [Int]
  let frames: [Int]
  /// By lane, that is, by entry of the table of threads.
  let lanes: [[Stretch]]

  init(
    _ profile: Profile, sources: [SourceText] = [],
    _ change: (inout ReportOptions) -> Void = { _ in }
  ) throws {
    var options = ReportOptions()
    options.filter.showsHiddenTime = true
    change(&options)
    var sink = MemorySink()
    HtmlData(try Report(profile, options: options))
      .write(to: &sink, options: options, sources: sources)
    var columns = Columns(bytes: sink.bytes)
    let json = try columns.bytes(columns.next())
    tables = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
    let nodes = try columns.next()
    parents = try columns.column(nodes).enumerated().map { $0.offset - $0.element }
    frames = try columns.column(nodes)
    lanes = try Self.lanes(&columns)
    guard columns.isAtEnd else { throw Unreadable() }
  }

  func column<Value>(_ table: String, _ name: String) -> [Value] {
    ((tables[table] as? [String: Any])?[name] as? [Value]) ?? []
  }

  private static func lanes(_ columns: inout Columns) throws -> [[Stretch]] {
    let durations = try columns.column(columns.next())
    let count = try columns.next()
    guard try columns.column(count) == Array(0..<count) else { throw Unreadable() }
    let counts = try columns.column(count)
    let total = counts.reduce(0, +)
    let differences = try columns.column(total).map { $0 & 1 == 1 ? -($0 + 1) / 2 : $0 / 2 }
    let states = try columns.column(total)
    let numbers = try columns.column(total)
    let gaps = try columns.column(total)
    var index = 0
    return counts.map { count in
      var node = 0
      var time: Int64 = 0
      return (0..<count).map { _ in
        defer { index += 1 }
        node += differences[index]
        let duration = Int64(durations[numbers[index]])
        let start = time + Int64(gaps[index]) * 1000
        time = start + duration
        return Stretch(
          node: node, gil: GilState(rawValue: UInt8(states[index] & 7))!,
          cpu: CPUState(rawValue: UInt8(states[index] >> 3))!, start: start, duration: duration)
      }
    }
  }

  private struct Columns {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func next() throws -> Int {
      var value = 0
      for shift in stride(from: 0, to: 63, by: 7) {
        guard position < bytes.count else { throw Unreadable() }
        let byte = bytes[position]
        position += 1
        value |= Int(byte & 127) << shift
        if byte < 128 { return value }
      }
      throw Unreadable()
    }

    mutating func column(_ count: Int) throws -> [Int] {
      var column: [Int] = []
      for _ in 0..<count { column.append(try next()) }
      return column
    }

    mutating func bytes(_ count: Int) throws -> [UInt8] {
      guard count <= bytes.count - position else { throw Unreadable() }
      defer { position += count }
      return Array(bytes[position..<position + count])
    }
  }
}

extension HtmlDataReader {
  /// Time by function and state, as the page adds it up: recursion counts once.
  func functions() -> (
    own: [PlainModel.Key: [GilState: Int64]], total: [PlainModel.Key: [GilState: Int64]]
  ) {
    let keys = functionKeys()
    let functionOfFrame: [Int] = column("frames", "function")
    var own: [PlainModel.Key: [GilState: Int64]] = [:]
    var total: [PlainModel.Key: [GilState: Int64]] = [:]
    for stretch in lanes.joined() {
      var path: [PlainModel.Key] = []
      var node = stretch.node
      while node > 0 {
        if let key = keys[functionOfFrame[frames[node]]] { path.append(key) }
        node = parents[node]
      }
      if let leaf = keys[functionOfFrame[frames[stretch.node]]] {
        own[leaf, default: [:]][stretch.gil, default: 0] += stretch.duration
      }
      for key in Set(path) { total[key, default: [:]][stretch.gil, default: 0] += stretch.duration }
    }
    return (own, total)
  }

  /// Nil for what is no code.
  private func functionKeys() -> [PlainModel.Key?] {
    let names: [String] = column("functions", "name")
    let kinds: [Int] = column("functions", "kind")
    let files: [Int] = column("functions", "file")
    let modules: [Int] = column("functions", "module")
    let paths = tables["paths"] as? [String] ?? []
    return names.indices.map { index in
      Function.Kind(rawValue: UInt8(kinds[index])).map {
        PlainModel.Key(
          name: names[index], kind: $0, file: paths[files[index]], module: paths[modules[index]])
      }
    }
  }
}
