import StackMerging
import Testing

@testable import Recorder

/// What may be claimed of a sample, for each thing that can be known of it.
@Suite struct SampleEvidenceTests {
  private typealias Side = SampleAssembler.PythonSide
  private typealias Verdict = CopiedStackEvidence.Verdict

  private func outcome(
    _ side: SampleAssembler.PythonSide, _ merge: MergeOutcome = .exact,
    _ change: (inout SampleEvidence) -> Void = { _ in }
  ) -> MergeOutcome {
    var evidence = SampleEvidence(side: side, merge: merge)
    change(&evidence)
    return evidence.outcome
  }

  @Test func whatIsWholeIsExact() {
    for side in [Side.none, .frozen, .recovered, .still, .moving] {
      #expect(outcome(side) == .exact)
      #expect(outcome(side, .partial(.noEvalLoop)) == .partial(.noEvalLoop))
    }
  }

  @Test func aSideThatIsMissingHasItsReason() {
    #expect(outcome(.missing(.interpreterNotReady)) == .nativeOnly(.interpreterNotReady))
    #expect(
      outcome(.missing(.threadEnded), .partial(.nativeTruncated)) == .nativeOnly(.threadEnded))
  }

  @Test func whatMayHaveMovedIsExactOnlyIfTheStackProvesIt() {
    let later = MergeOutcome.partial(.pythonReadLater)
    let moved = MergeOutcome.partial(.pythonMovedOn)
    #expect(outcome(.moving) { $0.verdict = .unproven } == later)
    #expect(
      outcome(.moving, .partial(.noEvalLoop)) { $0.verdict = .unproven } == .partial(.noEvalLoop))
    #expect(outcome(.moving, .partial(.noEvalLoop)) { $0.verdict = .movedOn } == moved)
    let gone = outcome(.moving) {
      $0.verdict = .movedOn
      $0.hasPython = false
    }
    #expect(gone == .nativeOnly(.pythonMovedOn))
  }

  @Test func anActivationThatIsBeingEntered() {
    let entering = MergeOutcome.partial(.enteringOrLeaving)
    #expect(outcome(.recovered) { $0.isInPlace = false } == entering)
    #expect(
      outcome(.recovered, .partial(.noEvalLoop)) { $0.isInPlace = false } == .partial(.noEvalLoop))
    // Whatever else is wrong with a half-linked stack comes from that.
    #expect(outcome(.halfLinked) == entering)
    #expect(outcome(.halfLinked) { $0.naming.lacks(.pythonUnreadable) } == entering)
  }

  @Test func whatNamingFound() {
    let doubted = outcome(.frozen) {
      $0.naming.doubts(.linesLost)
      $0.naming.doubts(.pythonReadLater)
    }
    #expect(doubted == .partial(.linesLost), "the first one counts")
    let unnamed = outcome(.frozen) {
      $0.naming.doubts(.linesLost)
      $0.naming.lacks(.pythonUnreadable)
      $0.naming.lacks(.codeReplaced)
    }
    #expect(unnamed == .partial(.codeReplaced), "a frame without a name is worse")
    // What is wrong anyway has its own reason.
    #expect(
      outcome(.frozen, .partial(.noEvalLoop)) { $0.naming.doubts(.linesLost) }
        == .partial(.noEvalLoop))
    #expect(
      outcome(.frozen, .partial(.noEvalLoop)) { $0.naming.lacks(.codeReplaced) }
        == .partial(.codeReplaced))
  }

  @Test func whatWasCutInTheKernelExplainsTheRest() {
    let notFound = MergeOutcome.partial(.stateNotFound)
    #expect(outcome(.moving) { $0.circumstances = .searchWasCut } == notFound)
    for verdict in [Verdict.unproven, .movedOn] {
      let found = outcome(.moving) {
        $0.verdict = verdict
        $0.circumstances = .searchWasCut
      }
      #expect(found == notFound)
    }
    let nothing = outcome(.moving) {
      $0.verdict = .movedOn
      $0.hasPython = false
      $0.circumstances = .searchWasCut
    }
    #expect(nothing == .nativeOnly(.stateNotFound))
    #expect(outcome(.frozen) { $0.circumstances = .searchWasCut } == .exact)
    #expect(
      outcome(.frozen, .partial(.pythonUnreadable)) { $0.circumstances = .framesWereCut }
        == .partial(.pythonCut))
    #expect(outcome(.frozen) { $0.circumstances = .framesWereCut } == .exact)
  }

  @Test func aThreadThatStoppedLater() {
    #expect(outcome(.frozen) { $0.circumstances = .isDisplaced } == .partial(.displaced))
  }

  @Test func whatWasReadWithoutAStop() {
    let python = MergeOutcome.pythonOnly(.nativeNotRecorded)
    #expect(outcome(.frozen, python) { $0.circumstances = .isRead } == python)
    #expect(
      outcome(.frozen, python) { $0.circumstances = [.isRead, .isUnsteady] }
        == .partial(.pythonMovedOn))
    let nothing = outcome(.none) {
      $0.hasStack = false
      $0.circumstances = [.isRead, .isUnsteady]
    }
    #expect(nothing == .nativeOnly(.nativeNotRecorded))
  }
}
