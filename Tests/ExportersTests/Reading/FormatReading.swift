import Exporters
import Foundation

/// What a form says, reduced to what all forms say: time in units of 10 ms, by thread and function.
/// One reader for our output and for the fixtures, which another hand wrote.
enum FormatReading {
  struct Key: Hashable {
    var thread: Int
    var function: String
  }

  struct Times: Equatable {
    var own = 0
    var total = 0
  }

  typealias Reduced = [Key: Times]

  private static func add(
    _ stack: [String], thread: Int, _ units: Double, to result: inout Reduced
  ) {
    let units = Int(units.rounded())
    let names = stack.map { $0.replacing(/_\[[ik]\]$/, with: "") }
    if let leaf = names.last {
      result[Key(thread: thread, function: leaf), default: Times()].own += units
    }
    for name in Set(names) {
      result[Key(thread: thread, function: name), default: Times()].total += units
    }
  }

  static func object(_ data: Data) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  static func speedscope(_ data: Data) throws -> Reduced {
    let json = try object(data)
    let shared = json["shared"] as? [String: Any]
    let frames = (shared?["frames"] as? [[String: Any]] ?? []).map { $0["name"] as? String ?? "" }
    var result: Reduced = [:]
    for profile in json["profiles"] as? [[String: Any]] ?? [] {
      let name = profile["name"] as? String ?? ""
      let thread = Int(name.matches(of: /\((\d+)\)/).last?.1 ?? "") ?? -1
      let samples = profile["samples"] as? [[Int]] ?? []
      for (stack, weight) in zip(samples, profile["weights"] as? [Double] ?? []) {
        add(stack.map { frames[$0] }, thread: thread, weight / 1e7, to: &result)
      }
    }
    return result
  }

  static func firefox(_ data: Data) throws -> Reduced {
    let json = try object(data)
    let interval = (json["meta"] as? [String: Any])?["interval"] as? Double ?? 0
    let shared = json["shared"] as? [String: Any] ?? [:]
    let column = { (table: String, name: String) in
      (shared[table] as? [String: Any])?[name] as? [Any] ?? []
    }
    let strings = shared["stringArray"] as? [String] ?? []
    let functions = column("funcTable", "name").map { strings[$0 as? Int ?? 0] }
    let frames = column("frameTable", "func").map { functions[$0 as? Int ?? 0] }
    var stacks: [[String]] = []
    for (prefix, frame) in zip(column("stackTable", "prefix"), column("stackTable", "frame")) {
      stacks.append(((prefix as? Int).map { stacks[$0] } ?? []) + [frames[frame as? Int ?? 0]])
    }
    var result: Reduced = [:]
    for thread in json["threads"] as? [[String: Any]] ?? [] {
      let samples = thread["samples"] as? [String: Any] ?? [:]
      let rows = samples["stack"] as? [Int] ?? []
      let weights = samples["weight"] as? [Double] ?? rows.map { _ in interval }
      for (stack, weight) in zip(rows, weights) {
        add(stacks[stack], thread: thread["tid"] as? Int ?? -1, weight / 10, to: &result)
      }
    }
    return result
  }

  /// Slices that lie in others are put back into stacks by their times.
  static func chrome(_ data: Data) throws -> Reduced {
    struct Slice {
      var name: String
      var start: Double
      var end: Double
    }
    var slices: [Int: [Slice]] = [:]
    for event in try object(data)["traceEvents"] as? [[String: Any]] ?? []
    where event["ph"] as? String == "X" {
      let start = event["ts"] as? Double ?? 0
      slices[event["tid"] as? Int ?? -1, default: []].append(
        Slice(
          name: event["name"] as? String ?? "", start: start,
          end: start + (event["dur"] as? Double ?? 0)))
    }
    var result: Reduced = [:]
    for (thread, all) in slices {
      for slice in all {
        let units = (slice.end - slice.start) / 1e4
        result[Key(thread: thread, function: slice.name), default: Times()].total += Int(units)
      }
      // The shortest slice over an instant is the innermost frame.
      for instant in stride(from: 5e3, to: 1e5, by: 1e4) {
        let over = all.filter { $0.start <= instant && $0.end > instant }
        guard let shortest = over.map({ $0.end - $0.start }).min() else { continue }
        let leaves = over.filter { $0.end - $0.start == shortest }
        let leaf = leaves.count == 1 ? leaves[0] : leaves.first { isLeaf($0.name) } ?? leaves[0]
        result[Key(thread: thread, function: leaf.name), default: Times()].own += 1
      }
    }
    return result
  }

  /// Slices of equal length: which one is innermost is told by the program.
  private static func isLeaf(_ name: String) -> Bool {
    ["parse", "longest_match", "ksys_read", "worker"].contains(name)
  }

  /// `unit`: what a period counts.
  static func perfScript(_ data: Data) -> Reduced {
    var result: Reduced = [:]
    for block in String(decoding: data, as: UTF8.self).split(separator: "\n\n") {
      let lines = block.split(separator: "\n")
      guard let head = lines[0].firstMatch(of: #//(\d+) \[\d+\] [\d.]+: +(\d+) /#) else { continue }
      let stack = lines.dropFirst().reversed().map { line -> String in
        let symbol = line.drop { $0 == " " || $0 == "\t" }.drop { $0 != " " }.dropFirst()
        let name =
          symbol.prefixMatch(of: /py::(.*):[^:]*\+0x0 \(/)?.1
          ?? symbol.prefix { $0 != "+" && $0 != " " }
        return String(name)
      }
      add(stack, thread: Int(head.1) ?? -1, (Double(head.2) ?? 0) / 1e7, to: &result)
    }
    return result
  }

  /// Of the whole program: this form does not know threads. `unit`: what 10 ms cost.
  static func callgrind(_ data: Data, unit: Int) -> Reduced {
    var result: Reduced = [:]
    var names: [String: String] = [:]
    var function = ""
    var callee: String?
    var isCall = false
    let name = { (text: Substring) -> String in
      guard let match = text.firstMatch(of: /\((\d+)\)(?: (.*))?/) else { return String(text) }
      if let full = match.2 { names[String(match.1)] = String(full) }
      return names[String(match.1)] ?? ""
    }
    for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("fn=") {
        function = name(line.dropFirst(3))
      } else if line.hasPrefix("cfn=") {
        callee = name(line.dropFirst(4))
      } else if line.hasPrefix("calls=") {
        isCall = true
      } else if let first = line.first, first.isNumber {
        let cost = (Int(line.split(separator: " ")[1]) ?? 0) / unit
        if isCall, let callee {
          result[Key(thread: 0, function: callee), default: Times()].total += cost
        } else if !isCall {
          result[Key(thread: 0, function: function), default: Times()].own += cost
        }
        isCall = false
      }
    }
    return result
  }
}
