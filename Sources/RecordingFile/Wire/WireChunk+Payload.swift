import SwiftProtobuf

extension WireChunk {
  /// What the bytes of a chunk hold; nil if they are no message.
  init?(payload: [UInt8]) {
    guard let chunk = try? WireChunk(serializedBytes: payload) else { return nil }
    self = chunk
  }

  /// The bytes; nil where they are more than a message may have.
  var payload: [UInt8]? { try? serializedBytes() }
}
