/// What an asyncio task is called, as the target holds it.
public struct TaskName: Hashable, Sendable {
  private var text: RawString?
  /// Of a default name that nobody has asked for yet (3.12 on).
  private var number: UInt64 = 0

  /// True for a name that asyncio gave it.
  var isDefault: Bool {
    guard let text else { return true }
    let prefix = Array("Task-".utf8)
    return text.kind == 1 && text.bytes.count > prefix.count && text.bytes.starts(with: prefix)
      && text.bytes.dropFirst(prefix.count).allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
      }
  }

  init(_ text: RawString) { self.text = text }

  init(number: UInt64) { self.number = number }

  public func decode() -> String { text?.decode() ?? "Task-\(number)" }
}
