import Foundation
import ProfileModel
import Support
import Testing

/// Interpreters where one does not expect them: beside another one, in a library of any name, in a
/// file that is gone, in a container.
extension RealProcessTests.MatrixTests {
  @Suite(.serialized) struct PlaceTests {
    /// Each recording shows its own interpreter and nothing of the other.
    @Test func twoInOneProcessTree() throws {
      let versions = [8, 9, 10, 11, 12, 13].compactMap(Interpreter.minor)
      guard let old = versions.first, let new = versions.last, old != new else {
        try Test.cancel("two Pythons in one process tree need two versions")
      }
      let target = try TestProgram(new, "two_pythons.py", ["--other", old.path])
      let child = try #require(target.ready["child"] as? Int)
      let outputs = try [temporaryPath("parent.data"), temporaryPath("child.data")]
      let recorders = try zip([target.pid, Int32(child)], outputs).map {
        try HyflameProcess.attach(to: $0, output: $1, ["-r", "1000"])
      }
      let truth = try target.run()
      #expect(target.wait() == 0)
      for recorder in recorders {
        let result = recorder.wait()
        #expect(result.status == 0, "\(result.errors)")
      }
      let told = try [truth, #require(truth["child"] as? [String: Any])]
      for (output, (truth, own)) in zip(outputs, zip(told, ["parent_work", "child_work"])) {
        let profile = try Profile(recordedAt: output)
        #expect(profile.target.pythonVersion == truth["python"] as? String)
        let names = Set(profile.functions.map(\.name))
        #expect(names.intersection(["parent_work", "child_work"]) == [own])
        try expectWhole(profile, own, seconds: truth["cpu_s"] as? Double)
      }
    }

    /// A program that is no Python opens the library, also under a name that says nothing.
    @Test(arguments: [8, 10, 12, 13], ["", "libengine.so"])
    func embedded(_ minor: Int, _ name: String) throws {
      let python = try SharedPython(minor)
      var library = python.library
      if !name.isEmpty {
        library = try temporaryPath(name)
        try FileManager.default.copyItem(atPath: python.library, toPath: library)
      }
      let embedder = try TestProgram.build("embedder")
      try expectRecorded(
        Interpreter(path: library), launcher: python.launcher() + [embedder])
    }

    /// The files of the interpreter are removed while it runs or, as an upgrade does, replaced.
    @Test(arguments: [8, 11, 13], [false, true])
    func deleted(_ minor: Int, isReplaced: Bool) throws {
      let python = try SharedPython(minor)
      let files = FileManager.default
      let executable = try temporaryPath("python3")
      let directory = (executable as NSString).deletingLastPathComponent
      let library = "\(directory)/\((python.library as NSString).lastPathComponent)"
      try files.copyItem(atPath: python.executable, toPath: executable)
      try files.copyItem(atPath: python.library, toPath: library)
      try expectRecorded(
        Interpreter(path: executable),
        launcher: python.launcher(["LD_LIBRARY_PATH=\(directory)"])
      ) {
        for path in [executable, library] {
          try files.removeItem(atPath: path)
          if isReplaced { try files.copyItem(atPath: "/bin/sh", toPath: path) }
        }
      }
    }

    /// Recorded from outside of its PID and mount namespaces, one of them with another root.
    @Test(arguments: [TestedPython.version(8), .version(10), .system, .sid(14)])
    func inNamespaces(_ python: TestedPython) throws {
      let launcher = ["/usr/bin/unshare", "-p", "-m", "-f"]
      guard Self.succeeds(launcher + ["/bin/true"]) else {
        try Test.cancel("unshare is not permitted: processes in namespaces are not tested")
      }
      for way in [Recorded.Way.stop, .auto] {
        let target = try TestProgram(
          python.interpreter(), "names.py", ["--seconds", "0.12"], launcher: launcher)
        #expect(target.ready["pid"] as? Int != Int(target.pid))
        let recorded = try Recorded(target, ["-r", "1000", "--capture", way.rawValue])
        let truth = try ChainTruth(recorded)
        for chain in truth.chains {
          let count = truth.count(chain)
          #expect(count >= 30, "\(way): \(count) samples of \(chain.map(\.name).suffix(4))")
        }
        let known = try #require(recorded.truth["threads"] as? [[String: Any]])
        let names = Set(recorded.profile.threads.map(\.name))
        #expect(names.isSuperset(of: known.compactMap { $0["name"] as? String }), "\(names)")
      }
    }

    // MARK: -

    /// Records callheavy; `change` happens while it runs, before anyone looks at it.
    private func expectRecorded(
      _ interpreter: Interpreter, launcher: [String], change: () throws -> Void = {}
    ) throws {
      let target = try TestProgram(
        interpreter, "callheavy.py", ["--seconds", "0.6"], launcher: launcher)
      try change()
      let recorded = try Recorded(target, ["-r", "1000"])
      #expect(recorded.profile.target.pythonVersion == recorded.truth["python"] as? String)
      try expectWhole(recorded.profile, "work", seconds: recorded.truth["cpu_s"] as? Double)
    }

    /// The time of `function` is all there, on merged stacks.
    private func expectWhole(_ profile: Profile, _ function: String, seconds: Double?) throws {
      let samples = profile.running.filter { profile.names(of: $0).contains(function) }
      let seconds = try #require(seconds)
      #expect(abs(profile.seconds(samples) / seconds - 1) < 0.05)
      let share = profile.share(exact: samples)
      #expect(share > 0.92, "\(share): \(profile.reasons(samples))")
    }

    private static func succeeds(_ command: [String]) -> Bool {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: command[0])
      process.arguments = Array(command[1...])
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
  }
}
