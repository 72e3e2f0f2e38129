public import ProfileModel

/// Nanoseconds in each state of the GIL axis.
public struct GilTime: Sendable, Equatable {
  private var lanes = SIMD4<Int64>()

  public init() {}

  public subscript(state: GilAxis) -> Int64 {
    get { lanes[Int(state.rawValue)] }
    set { lanes[Int(state.rawValue)] = newValue }
  }

  /// All four states together.
  public var sum: Int64 { lanes.wrappedSum() }

  var isZero: Bool { lanes == .zero }

  public static func &+= (left: inout GilTime, right: GilTime) {
    left.lanes &+= right.lanes
  }

  /// Only the time in `state`.
  func only(_ state: GilAxis) -> GilTime {
    var result = GilTime()
    result[state] = self[state]
    return result
  }
}

extension GilAxis {
  /// The word of the command line and of the JSON report.
  public var name: String {
    switch self {
    case .held: "held"
    case .released: "released"
    case .waiting: "waiting"
    case .none: "none"
    }
  }
}

extension GilAxis {
  /// Heading of the tower of this state in a flame graph of `target`.
  func towerName(_ target: TargetDescription) -> String {
    switch self {
    case .held: target.isFreeThreaded ? "attached" : "GIL held"
    case .released: target.isFreeThreaded ? "detached" : "GIL released"
    case .waiting: "waiting for the GIL"
    case .none: "no Python state"
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
