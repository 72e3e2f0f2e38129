import ProfileModel

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
  /// Ready to run, but another thread had the CPU.
  case runnable
  /// Off the CPU and in nobody's way.
  case idle

  init(_ cpu: CPUState, _ gil: GilAxis) {
    switch (cpu, gil) {
    case (_, .waiting): self = .waiting
    case (.running, .held): self = .held
    case (.running, _): self = .native
    case (.blocked, .held): self = .blockedHolding
    case (.blocked, _): self = .idle
    case (.runnable, _): self = .runnable
    }
  }

  /// Off the CPU without having stopped anybody: left out of everything but the split, because
  /// threads that wait for work, or many threads on few CPUs, would drown what ran.
  var isHiddenByDefault: Bool {
    switch self {
    case .runnable, .idle: true
    case .held, .native, .waiting, .blockedHolding: false
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
    }
  }

  /// For a list within a sentence.
  func shortLabel(_ target: TargetDescription) -> String {
    switch self {
    case .runnable: "no CPU free"
    case .idle: "idle"
    case .blockedHolding: target.isFreeThreaded ? label(target) : "blocked holding it"
    case .held, .native, .waiting: label(target)
    }
  }
}
