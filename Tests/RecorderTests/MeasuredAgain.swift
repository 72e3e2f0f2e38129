import Synchronization
import Testing

/// Runs a test case up to twice more if it failed, and fails it only if it never passes: for tests that
/// measure, on machines whose CPUs others use too. Earlier failures are printed as known issues;
/// `Scripts/count-repetitions` counts them, and fails continuous integration where they are many.
///
/// What must never happen, not even once, fails the test at once: an issue whose comment begins with
/// `Comment.never`, and every issue of a test with the tag `firstFailureCounts`.
struct MeasuredAgain: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard !test.tags.contains(.firstFailureCounts) else { return try await function() }
    for _ in 0..<Self.repetitions {
      let isFine = try await Self.passes(function)
      if isFine || Task.isCancelled { return }
      print("MEASURED AGAIN: \(test.name)")
    }
    try await function()
  }

  private static let repetitions = 2

  /// Runs the test case; what fails is printed as a known issue.
  private static func passes(_ function: @Sendable () async throws -> Void) async throws -> Bool {
    let issues = Atomic(0)
    try await withKnownIssue("to be measured again", isIntermittent: true) {
      do { try await function() } catch  where Task.isCancelled {}
    } matching: { issue in
      guard !issue.comments.contains(where: { $0.rawValue.hasPrefix(Comment.never) }) else {
        return false
      }
      issues.add(1, ordering: .relaxed)
      return true
    }
    return issues.load(ordering: .relaxed) == 0
  }
}

extension Trait where Self == MeasuredAgain {
  /// A failed measurement is made up to twice more.
  static var measuredAgain: Self { Self() }
}

extension Comment {
  /// How the comment of an issue begins that no busy machine explains.
  static let never = "never: "
}

extension Tag {
  @Tag static var firstFailureCounts: Self
}
