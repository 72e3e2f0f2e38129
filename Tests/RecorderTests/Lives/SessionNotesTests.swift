import Testing

@testable import Recorder

@Suite struct SessionNotesTests {
  /// A program with thousands of threads that block all signals must not drown what else there is to say.
  @Test func whatHappensToManyThreadsIsToldOnce() {
    var notes = SessionNotes()
    for tid in 100..<2100 { notes.add(.threadWithoutSignal, Int32(tid)) }
    notes.add(.unsampledThread("No space left on device"), 7)
    notes.add("the last")
    #expect(
      notes.sentences == [
        "the last",
        "2000 threads block or handle every signal that could stop them (100 first): their Python "
          + "frames are read without a stop",
        "thread 7 is not sampled: No space left on device",
      ])
  }

  @Test func thereAreNotMoreThanAReaderCanBear() {
    var notes = SessionNotes()
    for number in 0..<1000 {
      notes.add("sentence \(number % 100)")
      notes.add(.unsampledThread("reason \(number % 100)"), Int32(number))
    }
    #expect(notes.sentences.count == 128)
    #expect(notes.sentences.last == "10 threads are not sampled (63 first): reason 63")
  }
}
