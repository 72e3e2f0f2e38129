public import ProfileModel
public import SampleTypes

/// Nanoseconds in each state of the GIL axis.
public struct GilTime: Sendable, Equatable {
  private var lanes = SIMD8<Int64>()

  public init() {}

  public subscript(state: GilState) -> Int64 {
    get { lanes[Int(state.rawValue)] }
    set { lanes[Int(state.rawValue)] = newValue }
  }

  /// All states together.
  public var sum: Int64 { lanes.wrappedSum() }

  var isZero: Bool { lanes == .zero }

  public static func &+= (left: inout GilTime, right: GilTime) {
    left.lanes &+= right.lanes
  }

  /// Only the time in `state`.
  func only(_ state: GilState) -> GilTime {
    var result = GilTime()
    result[state] = self[state]
    return result
  }
}

extension GilState {
  /// The word of the command line and of the JSON report.
  public var name: String {
    switch self {
    case .held: "held"
    case .released: "released"
    case .waiting: "waiting"
    case .none: "none"
    case .unknown: "unknown"
    }
  }
}

extension GilState {
  /// Heading of the tower of this state in a flame graph of `target`.
  func towerName(_ target: TargetDescription) -> String {
    switch self {
    case .held: target.isFreeThreaded ? "attached" : "GIL held"
    case .released: target.isFreeThreaded ? "detached" : "GIL released"
    case .waiting: "waiting for the GIL"
    case .none: "no Python state"
    case .unknown: target.isFreeThreaded ? "attached or not: unknown" : "GIL state unknown"
    }
  }
}

extension CPUState {
  /// The word of the command line and of the JSON report.
  public var name: String {
    switch self {
    case .running: "running"
    case .runnable: "runnable"
    case .blocked: "blocked"
    }
  }
}
