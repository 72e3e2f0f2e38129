/// What an asyncio task is called, as the target holds it.
public struct TaskName: Hashable, Sendable {
  private var text: RawString?
  /// Of a default name that nobody has asked for yet (3.12 on).
  private var number: UInt64 = 0

  init(_ text: RawString) { self.text = text }

  init(number: UInt64) { self.number = number }

  public func decode() -> String { text?.decode() ?? "Task-\(number)" }
}
