import CLinux

/// One decoded record of a perf ring.
public enum PerfRecord {
  case sample(PerfSample)
  /// The thread left the CPU (`preempted`: it could have gone on) or came back.
  case switchOut(time: UInt64, preempted: Bool)
  case switchIn(time: UInt64)
  /// So many records were dropped because the ring was full.
  case lost(UInt64)
  /// Any other record.
  case other

  /// Decodes a record that an event of `kind` wrote (switch records come from `.contextSwitch`
  /// events). A record shorter than its fields claim decodes to `.other`.
  public init(_ bytes: UnsafeRawBufferPointer, kind: EventKind) {
    var cursor = RecordCursor(bytes)
    guard let header = cursor.next(perf_event_header.self) else {
      self = .other
      return
    }
    switch header.type {
    case UInt32(PERF_RECORD_SAMPLE.rawValue):
      let sample = PerfSample(&cursor, hasUserState: kind != .userTick)
      self = sample.map(PerfRecord.sample) ?? .other
    case UInt32(PERF_RECORD_LOST.rawValue):
      _ = cursor.next(UInt64.self)  // id
      self = cursor.next(UInt64.self).map(PerfRecord.lost) ?? .other
    case UInt32(PERF_RECORD_SWITCH.rawValue):
      self = Self.contextSwitch(misc: header.misc, &cursor)
    default:
      self = .other
    }
  }

  /// `sample_id_all` appends pid and tid, then the time, to a switch record.
  private static func contextSwitch(misc: UInt16, _ cursor: inout RecordCursor) -> PerfRecord {
    guard cursor.next(UInt64.self) != nil, let time = cursor.next(UInt64.self) else {
      return .other
    }
    guard misc & UInt16(PERF_RECORD_MISC_SWITCH_OUT) != 0 else { return .switchIn(time: time) }
    let preempted = misc & UInt16(PERF_RECORD_MISC_SWITCH_OUT_PREEMPT) != 0
    return .switchOut(time: time, preempted: preempted)
  }
}
