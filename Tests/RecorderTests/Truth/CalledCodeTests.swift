import Foundation
import ProfileModel
import Support
import Testing

/// Code that C calls and that was made, or loaded, after the recording began.
extension RealProcessTests {
  @Suite(.serialized) struct CalledCodeTests {
    private static let program = "runtime_code.py"

    private func record(
      _ python: TestedPython, _ arguments: [String], way: Recorded.Way = .auto
    ) throws -> Profile {
      try Recorded(
        python.interpreter(), Self.program, ["--seconds", "0.4"] + arguments, way: way
      ).profile
    }

    /// Samples of the work itself, with the names of their frames.
    private func stacks(_ profile: Profile, with name: String) -> [(
      sample: Sample, names: [String]
    )] {
      profile.running.filter { $0.source == .userTick || $0.source == .kernelTick }
        .map { ($0, profile.names(of: $0)) }.filter { $0.1.contains(name) }
    }

    /// Python calls ctypes, which calls the code: so they stand in the stack. Half a second each.
    @Test(
      arguments: ["leaf", "framed", "saving"], [9, 12, 13].map(TestedPython.version))
    func codeStandsBelowWhatCalledIt(_ shape: String, _ python: TestedPython) throws {
      let profile = try record(python, ["--shape", shape, "--names", "map"])
      let stacks = stacks(profile, with: "caller")
      let made = stacks.filter { $0.names.contains("made_loop") }
      #expect(made.count > 150 && made.count * 10 > stacks.count * 9)
      let right = made.filter { _, names in
        let callers = names.split(separator: "made_loop", maxSplits: 1).first ?? []
        return callers.lastIndex(of: "caller").map { caller in
          callers[caller...].contains("_ctypes_callproc")
        } ?? false
      }
      #expect(right.count * 100 > made.count * 98, "\(made.first?.names ?? [])")
      let exact = profile.share(exact: right.map(\.sample))
      #expect(exact > 0.95, "\(profile.reasons(right.map(\.sample)))")
    }

    /// A slot that the code has not written yet may hold the return address of an earlier call, from
    /// which call frame information leads on just as well.
    @Test func whatEarlierCallsLeftIsNoCaller() throws {
      func callees(_ shape: String) throws -> Set<String> {
        let profile = try record(.version(12), ["--shape", shape, "--names", "map"])
        let made = stacks(profile, with: "made_loop").map(\.names)
        return Set(
          made.map {
            $0.prefix { $0 != "made_loop" }.filter {
              $0.hasPrefix("libffi") || $0.hasPrefix("ffi_call")
            }.joined(separator: ";")
          })
      }
      #expect(try callees("saving") == callees("leaf"))
    }

    /// A memory map that is older than the library leaves its frames out without a sign. 0.6 s.
    @Test(arguments: [Recorded.Way.auto, .stop])
    func libraryThatIsOpenedLate(_ way: Recorded.Way) throws {
      let library = try TestProgram.build("known_mix")
      let profile = try record(.version(12), ["--library", library], way: way)
      let work = stacks(profile, with: "grind")
      let seconds = profile.seconds(work.map(\.sample))
      #expect(seconds > 0.36, "\(seconds) s of 0.4 s are in the library")
      #expect(
        work.allSatisfy { $0.names.firstIndex(of: "main")! < $0.names.firstIndex(of: "grind")! })
    }

    /// The jitdump is newer than the first memory map, and names code that was met before. 0.5 s.
    @Test func jitdumpThatComesLate() throws {
      let profile = try record(.version(12), ["--shape", "framed", "--names", "dump"])
      let work = stacks(profile, with: "caller")
      let made = work.filter { $0.names.contains("made_loop") }
      #expect(made.count > 150 && made.count * 10 > work.count * 9)
    }

    /// The map is called by the number that the process has in its own namespace. 0.5 s.
    @Test func perfMapOfAnotherNamespace() throws {
      let launcher = ["/usr/bin/unshare", "-p", "-f", "--mount-proc"]
      let target: TestProgram
      do {
        target = try TestProgram(
          TestedPython.any(), Self.program, ["--names", "map", "--seconds", "0.4"],
          launcher: launcher)
      } catch TestProgram.Failure.noLine {
        try Test.cancel("PID namespaces are not permitted: not tested")
      }
      #expect(target.ready["pid"] as? Int != Int(target.pid))
      let profile = try Recorded(target, ["-r", "1000"]).profile
      #expect(stacks(profile, with: "made_loop").count > 150)
    }

    /// The clock is read in the vdso, which has call frame information and no file. 0.5 s.
    @Test func vdsoIsCrossed() throws {
      let profile = try record(.version(12), ["--vdso"])
      let vdso = stacks(profile, with: "caller").filter {
        $0.names.last?.contains("vdso") == true
      }
      #expect(vdso.count > 5)
      #expect(profile.share(exact: vdso.map(\.sample)) > 0.9)
    }
  }
}
