import ProfileModel
import SampleTypes

/// The headline: what a thread's time was, from the user's point of view. Every combination of
/// CPU state and GIL state is in exactly one category, so that the shares add up to 100 %.
enum TimeCategory: Int, CaseIterable {
  /// Running while it holds the GIL.
  case held
  /// Running without the GIL: released, or a thread that has no Python state.
  case native
  /// Anywhere inside the interpreter's wait for the GIL.
  case waiting
  /// Off the CPU while it holds the GIL, so that no other thread could run Python either.
  case blockedHolding
  /// Running, but whether with the GIL could not be read.
  case unknown
  /// Ready to run, but another thread had the CPU.
  case runnable
  /// Off the CPU and in nobody's way.
  case idle
  /// Off the CPU, but whether idle, waiting for the GIL or holding it could not be read.
  case unknownAway

  init(_ cpu: CPUState, _ gil: GilState) {
    switch (cpu, gil) {
    case (_, .waiting): self = .waiting
    case (.running, .unknown): self = .unknown
    case (_, .unknown): self = .unknownAway
    case (.running, .held): self = .held
    case (.running, _): self = .native
    case (.blocked, .held): self = .blockedHolding
    case (.blocked, _): self = .idle
    case (.runnable, _): self = .runnable
    }
  }

  /// What may have no row in the headline: it is no part of a recording that went well.
  var isExceptional: Bool {
    switch self {
    case .runnable, .unknown, .unknownAway: true
    case .held, .native, .waiting, .blockedHolding, .idle: false
    }
  }

  /// Off the CPU without having stopped anybody, as far as is known: left out of everything but the split, because
  /// threads that wait for work, or many threads on few CPUs, would drown what ran.
  var isHiddenByDefault: Bool {
    switch self {
    case .runnable, .idle, .unknownAway: true
    case .held, .native, .waiting, .blockedHolding, .unknown: false
    }
  }

  /// What it is called in a report about `target`.
  func label(_ target: TargetDescription) -> String {
    switch self {
    case .held: target.isFreeThreaded ? "attached" : "GIL held"
    case .native: target.isFreeThreaded ? "native, detached" : "native, GIL released"
    case .waiting: "waiting for the GIL"
    case .blockedHolding:
      target.isFreeThreaded ? "blocked, attached" : "blocked holding the GIL"
    case .runnable: "ready, but no CPU free"
    case .idle: "blocked / idle"
    case .unknown: target.isFreeThreaded ? "running, state unknown" : "running, GIL unknown"
    case .unknownAway: "off CPU, state unknown"
    }
  }

  /// For a list within a sentence.
  func shortLabel(_ target: TargetDescription) -> String {
    switch self {
    case .runnable: "no CPU free"
    case .idle: "idle"
    case .blockedHolding: target.isFreeThreaded ? label(target) : "blocked holding it"
    case .unknownAway: "off CPU in an unknown state"
    case .held, .native, .waiting, .unknown: label(target)
    }
  }
}
