import PerfEvents
import Testing

@testable import Recorder

/// Absences and their copies come through two rings, in any order but each in its own.
@Suite struct SwitchCopiesTests {
  private static func absence(
    _ since: UInt64, after notBefore: UInt64, weight: UInt64 = 1
  ) -> SwitchCopies.Absence {
    .init(since: since, notBefore: notBefore, weight: weight, isPreempted: false)
  }

  /// Bytes of a record that was made at `time`.
  private static func record(_ time: UInt64) -> [UInt8] {
    withUnsafeBytes(of: time) { Array($0) } + [UInt8](repeating: 0, count: 512)
  }

  /// Takes a copy; returns which absence it is of, and those that get none.
  private static func take(
    _ time: UInt64, _ copies: inout SwitchCopies
  ) -> (of: UInt64?, without: [UInt64]) {
    var without: [UInt64] = []
    let absence = record(time).withUnsafeBytes { bytes in
      copies.take(copyOf: time, bytes: bytes) { without.append($0.since) }
    }
    return (absence?.since, without)
  }

  /// Ends an absence; returns the time of the copy that was kept of it.
  private static func end(_ absence: SwitchCopies.Absence, _ copies: inout SwitchCopies) -> UInt64?
  {
    var time: UInt64?
    copies.end(absence) { time = $0.time }
    return time
  }

  @Test func theCopyComesFirst() {
    var copies = SwitchCopies()
    #expect(Self.take(95, &copies) == (nil, []))
    #expect(Self.end(Self.absence(100, after: 0), &copies) == 95)
    // It is used up.
    #expect(Self.end(Self.absence(300, after: 200), &copies) == nil)
    #expect(Self.take(295, &copies) == (300, []))
  }

  @Test func theAbsenceComesFirst() {
    var copies = SwitchCopies()
    #expect(Self.end(Self.absence(100, after: 0), &copies) == nil)
    #expect(Self.end(Self.absence(300, after: 200, weight: 0), &copies) == nil)
    #expect(Self.end(Self.absence(500, after: 400), &copies) == nil)
    #expect(Self.take(95, &copies) == (100, []))
    // Nobody wants the second.
    #expect(Self.take(295, &copies) == (nil, []))
    #expect(Self.take(495, &copies) == (500, []))
    #expect(Self.take(695, &copies) == (nil, []))
    #expect(Self.end(Self.absence(700, after: 600), &copies) == 695)
  }

  @Test func anAbsenceWithoutCopyIsTold() {
    var copies = SwitchCopies()
    for since in [100, 300, 500] as [UInt64] {
      #expect(Self.end(Self.absence(since, after: since - 50), &copies) == nil)
    }
    #expect(Self.take(495, &copies) == (500, [100, 300]))
    #expect(Self.end(Self.absence(700, after: 600), &copies) == nil)
    var without: [UInt64] = []
    copies.finish { without.append($0.since) }
    #expect(without == [700])
    copies.finish { without.append($0.since) }
    #expect(without == [700])
    // What was kept is dropped too.
    #expect(Self.take(895, &copies) == (nil, []))
    copies.finish { without.append($0.since) }
    #expect(Self.end(Self.absence(900, after: 800), &copies) == nil)
  }

  @Test func aCopyOfAnotherAbsenceIsNotTaken() {
    var copies = SwitchCopies()
    #expect(Self.take(95, &copies) == (nil, []))
    // The record of when it came back was lost, and of when it left again.
    #expect(Self.end(Self.absence(1000, after: 900), &copies) == nil)
    #expect(Self.take(500, &copies) == (nil, []))
    #expect(Self.take(995, &copies) == (1000, []))
  }

  @Test func aLongAbsenceGivesItsCopyAway() {
    var copies = SwitchCopies()
    #expect(Self.take(95, &copies) == (nil, []))
    var times: [UInt64] = []
    copies.takeCopy(of: Self.absence(90, after: 0)) { times.append($0.time) }
    copies.takeCopy(of: Self.absence(100, after: 97)) { times.append($0.time) }
    #expect(times == [])
    copies.takeCopy(of: Self.absence(100, after: 0)) { times.append($0.time) }
    copies.takeCopy(of: Self.absence(100, after: 0)) { times.append($0.time) }
    #expect(times == [95])
  }
}
