import ProfileModel
import Testing

/// The chains of Python frames that led to `burn`, as `sys._getframe()` saw them inside, and what a
/// recording has of them.
struct ChainTruth {
  let chains: Set<[PythonFrame]>
  /// Samples in `burn`, and those of them that are stops.
  private(set) var samples: [Sample] = []
  private var exact: [[PythonFrame]: Int] = [:]

  /// Compares every exact sample with the chains; one that is none of them is an error.
  init(_ recorded: Recorded) throws {
    chains = try Self.chains(recorded.truth)
    let profile = recorded.profile
    for (stack, found) in profile.samplesByPythonStack(profile.running) {
      // A collection is a frame of its own, which no Python frame knows of.
      let stack = stack.filter { $0.name != "<gc>" }
      guard let burn = stack.lastIndex(where: { $0.name == "burn" }) else { continue }
      samples += found
      let count = profile.count(.exact, found)
      guard count > 0 else { continue }
      var chain = Array(stack[...burn])
      // `burn` itself moves on, and may be calling.
      chain[burn].line = 0
      exact[chain, default: 0] += count
      if !chains.contains(chain) {
        Issue.record("\(Comment.never)\(count) exact samples: \(fault(chain))")
      }
    }
  }

  /// How many exact samples a chain has.
  func count(_ chain: [PythonFrame]) -> Int { exact[chain] ?? 0 }

  /// Where a chain that never was leaves the one that it is most like.
  private func fault(_ chain: [PythonFrame]) -> String {
    let lengths = chains.map { known in zip(known, chain).prefix { $0 == $1 }.count }
    let common = lengths.max() ?? 0
    let known = zip(chains, lengths).first { $0.1 == common }?.0 ?? []
    let expected = common < known.count ? "\(known[common])" : "nothing"
    let found = common < chain.count ? "\(chain[common])" : "nothing"
    return "frame \(common) of \(chain.count) is \(found), not \(expected)"
  }

  private static func chains(_ truth: [String: Any]) throws -> Set<[PythonFrame]> {
    let chains = try #require(truth["chains"] as? [[String: Any]])
    return try Set(
      chains.map { chain in
        let frames = try #require(chain["frames"] as? [[String: Any]])
        return try frames.map { frame in
          PythonFrame(
            // Up to 3.10 a code object has no qualified name.
            name: try #require((frame["qualname"] as? String) ?? (frame["name"] as? String)),
            file: try #require(frame["file"] as? String), line: frame["line"] as? Int ?? 0)
        }
      })
  }
}
