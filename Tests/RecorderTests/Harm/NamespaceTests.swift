import Foundation
import ProfileModel
import Support
import Testing

/// Namespaces beside those of `PlaceTests`: users, and hyflame itself inside.
extension RealProcessTests {
  @Suite(.serialized) struct NamespaceTests {
    /// A target that is root of its own user namespace, and somebody else outside.
    @Test(arguments: [Recorded.Way.auto, .stop])
    func targetWithItsOwnUsers(_ way: Recorded.Way) throws {
      let launcher = ["/usr/bin/unshare", "-U", "-r", "-p", "-f", "--mount-proc"]
      try Self.require(launcher)
      let target = try TestProgram(
        try TestedPython.any(), "spinning.py", ["--seconds", "0.6"], launcher: launcher)
      #expect(target.ready["pid"] as? Int != Int(target.pid))
      let recorded = try Recorded(
        target, ["-r", "1000", "--capture", way.rawValue])
      try Self.expectTime(recorded.profile, recorded.truth["cpu_s"] as? Double)
    }

    /// hyflame in a PID namespace, on its neighbour there.
    @Test func recorderInside() throws {
      let launcher = ["/usr/bin/unshare", "-p", "-f", "--mount-proc"]
      try Self.require(launcher)
      let python = try TestedPython.any()
      guard python.root == nil else { try Test.cancel("no Python outside of a root of its own") }
      let script = """
        "$2" -c 'while True: sum(range(1000))' & target=$!
        sleep 0.5
        "$0" record -q -p $target -d 1 -r 500 -o "$1"; status=$?
        "$0" doctor -p $target
        kill $target
        exit $status
        """
      let output = try temporaryPath("inside.data")
      let result = try HyflameProcess(
        [output, python.path],
        launcher: launcher + ["/bin/sh", "-c", script]
      ).wait()
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.output.contains("processes outside of it cannot be recorded"), "\(result.output)")
      #expect(result.output.contains("samples in half a second"), "\(result.output)")
      let profile = try Profile(recordedAt: output)
      #expect(profile.target.pid < 100)
      #expect(profile.running.count > 50)
      #expect(profile.share(exact: profile.running) > 0.9 || profile.recording.capture == .read)
      #expect(profile.running.allSatisfy { profile.names(of: $0).contains("<module>") })
    }

    /// doctor as root of a user namespace, which is not root of the machine.
    @Test func doctorInAUserNamespace() throws {
      let launcher = ["/usr/bin/unshare", "-U", "-r", "-p", "-f", "--mount-proc"]
      try Self.require(launcher)
      let result = try HyflameProcess(["doctor"], launcher: launcher).wait()
      let lines = result.output.split(separator: "\n")
      func line(_ name: String) -> Substring {
        lines.first { $0.split(separator: " ").dropFirst().first.map { $0 == name } ?? false } ?? ""
      }
      #expect(line("namespaces").contains("in a user namespace"), "\(result.output)")
      #expect(line("privilege").contains("root of a user namespace, without CAP_PERFMON, CAP_BPF"))
      #expect(!result.output.contains("samples can be taken inside the kernel"))
    }

    private static func expectTime(_ profile: Profile, _ truth: Double?) throws {
      let seconds = try #require(truth)
      let found = profile.seconds(
        profile.running.filter { profile.names(of: $0).contains("spin") })
      #expect(abs(found / seconds - 1) < 0.15, "\(found) s of \(seconds) s")
    }

    private static func require(_ launcher: [String]) throws {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: launcher[0])
      process.arguments = launcher.dropFirst() + ["/bin/true"]
      process.standardError = FileHandle.nullDevice
      try? process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        try Test.cancel("\(launcher.joined(separator: " ")) is not permitted: not tested")
      }
    }
  }
}
