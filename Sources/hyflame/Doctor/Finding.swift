/// One line of `hyflame doctor`.
struct Finding: Equatable, Encodable {
  enum State: String, Encodable {
    case ok, degraded, blocked
  }

  /// What was looked at: a word or two.
  var name: String
  var state: State
  /// What was found, and what it means for a recording.
  var text: String
  /// What to type to change it; nil where nothing is to be changed, or can be.
  var command: String?
  /// Why nothing can be typed, where something should be changed.
  var obstacle: String?

  static func ok(_ name: String, _ text: String) -> Finding {
    Finding(name: name, state: .ok, text: text)
  }

  static func degraded(_ name: String, _ text: String, _ command: String) -> Finding {
    Finding(name: name, state: .degraded, text: text, command: command)
  }

  static func degraded(_ name: String, _ text: String, obstacle: String) -> Finding {
    Finding(name: name, state: .degraded, text: text, obstacle: obstacle)
  }

  static func blocked(_ name: String, _ text: String, _ command: String) -> Finding {
    Finding(name: name, state: .blocked, text: text, command: command)
  }

  static func blocked(_ name: String, _ text: String, obstacle: String) -> Finding {
    Finding(name: name, state: .blocked, text: text, obstacle: obstacle)
  }
}
