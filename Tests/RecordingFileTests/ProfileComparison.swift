import ProfileModel
import Testing

/// Expects two profiles to be equal table by table, so that a failure names the table.
func expectEqual(
  _ left: Profile, _ right: Profile, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(left.target == right.target, sourceLocation: sourceLocation)
  #expect(left.recording == right.recording, sourceLocation: sourceLocation)
  #expect(left.ledger == right.ledger, sourceLocation: sourceLocation)
  #expect(left.modules == right.modules, sourceLocation: sourceLocation)
  #expect(left.functions == right.functions, sourceLocation: sourceLocation)
  #expect(left.frames == right.frames, sourceLocation: sourceLocation)
  #expect(left.stacks == right.stacks, sourceLocation: sourceLocation)
  #expect(left.processes == right.processes, sourceLocation: sourceLocation)
  #expect(left.threads == right.threads, sourceLocation: sourceLocation)
  #expect(left.samples == right.samples, sourceLocation: sourceLocation)
}

/// What consumers rely on: indexes in range, parents before children, times ascending by thread.
func isSound(_ profile: Profile) -> Bool {
  let frameCount = profile.frames.count
  var latest = [Int64](repeating: .min, count: profile.threads.count)
  let processCount = Int32(profile.processes.count)
  return profile.threads.allSatisfy { 0..<processCount ~= $0.process }
    && profile.functions.allSatisfy { -1..<Int32(profile.modules.count) ~= $0.module }
    && profile.frames.allSatisfy { 0..<Int32(profile.functions.count) ~= $0.function }
    && profile.stacks.enumerated().allSatisfy { index, node in
      node.parent >= -1 && node.parent < index && 0..<Int32(frameCount) ~= node.frame
    }
    && profile.samples.allSatisfy { sample in
      guard profile.threads.indices.contains(Int(sample.thread)),
        -1..<Int32(profile.stacks.count) ~= sample.stack,
        profile.ledger.reasons.indices.contains(Int(sample.reason)),
        sample.weight >= 0, sample.time >= latest[Int(sample.thread)]
      else { return false }
      latest[Int(sample.thread)] = sample.time
      return true
    }
}
