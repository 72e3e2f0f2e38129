import Foundation
import ProfileModel
import Support
import Testing

/// What a recording says of native frames beyond their names.
extension RealProcessTests {
  @Suite(.serialized) struct NativeDetailTests {
    /// `hidden` calls `inner`, inlined, for --seconds of CPU time.
    private static let source = """
      #include <time.h>
      static volatile unsigned long sink;
      static inline __attribute__((always_inline)) void inner(void) {
        for (unsigned long i = 0; i < 1000000; i++) sink = sink * 3 + i;
      }
      static __attribute__((noinline)) void hidden(void) { inner(); sink++; }
      int main(void) {
        struct timespec now;
        do {
          hidden();
          clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        } while (now.tv_sec == 0 && now.tv_nsec < 300000000);
        return 0;
      }
      """

    private struct Built {
      var program: String
      var debug: String
      var buildID: String
    }

    /// The program, stripped, and what was stripped off it.
    private func build() throws -> Built {
      let program = try temporaryPath("program")
      try Self.source.write(toFile: program + ".c", atomically: true, encoding: .utf8)
      let script = """
        gcc -g -O1 -Wl,--build-id -o "$0" "$0.c" && objcopy --only-keep-debug "$0" "$0.debug" \
        && cp "$0" "$0.full" && strip "$0" && readelf -n "$0" | sed -n 's/.*Build ID: //p'
        """
      let output = try Self.run(["/bin/sh", "-c", script, program])
      return Built(
        program: program, debug: program + ".debug",
        buildID: output.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static func run(_ words: [String]) throws -> String {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: words[0])
      process.arguments = Array(words[1...])
      process.standardOutput = pipe
      try Watchdog.start(process, seconds: 60)
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        try Test.cancel("\(words[0]) failed: no compiler?")
      }
      return String(decoding: data, as: UTF8.self)
    }

    private func record(
      _ command: [String], _ options: [String] = [], environment: [String] = []
    ) throws -> (profile: Profile, path: String) {
      let output = try temporaryPath("hyflame.data")
      let result = try HyflameProcess(
        ["record", "-q", "-r", "500", "-o", output] + options + ["--"] + command,
        launcher: ["/usr/bin/env"] + environment
      ).wait()
      #expect(result.status == 0, "\(result.errors)")
      return (try Profile(recordedAt: output), output)
    }

    private func folded(_ path: String, _ options: [String]) throws -> String {
      try HyflameProcess.run(["report", path, "--folded", "-o", "-"] + options).output
    }

    /// 0.5 s.
    @Test func inlinedCallsAreFrames() throws {
      let (_, path) = try record([try build().program + ".full"], ["--native-only"])
      let whole = try folded(path, [])
      #expect(whole.contains("hidden (program.full);inner (program.full)_[i] "), "\(whole)")
      let plain = try folded(path, ["--no-inline"])
      #expect(plain.contains("hidden (program.full) ") && !plain.contains("inner"), "\(plain)")
    }

    /// 0.6 s.
    @Test func kernelWithoutNamesIsOneFrame() throws {
      let script = """
        import os, time
        while time.process_time() < 0.5: os.urandom(1 << 16)
        """
      let python = try TestedPython.version(12).interpreter()
      let (profile, _) = try record(python.command + ["-c", script], ["--no-kernel"])
      let kernel = profile.samples.map { profile.functions(of: $0).filter { $0.kind == .kernel } }
        .filter { !$0.isEmpty }
      guard kernel.count > 20 else {
        try Test.cancel("samples in the kernel are not permitted: not tested")
      }
      #expect(kernel.allSatisfy { $0.map(\.name) == ["[kernel]"] })
    }

    /// The debug file comes from a server, on loopback. 1 s.
    @Test func debuginfodIsAsked() throws {
      try requireClient()
      let built = try build()
      let root = try temporaryPath("served")
      let place = "\(root)/buildid/\(built.buildID)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: built.debug, toPath: "\(place)/debuginfo")
      let server = try LoopbackServer(root)
      let (profile, path) = try record(
        [built.program], ["--native-only", "--debuginfod"],
        environment: ["DEBUGINFOD_URLS=http://127.0.0.1:\(server.port)"] + Self.cache())
      #expect(try folded(path, []).contains("hidden (program);inner (program)_[i] "))
      #expect(!profile.ledger.notes.contains { $0.contains("not downloaded") })
    }

    /// Nobody listens at port 1 of loopback. 1 s.
    @Test(arguments: [("http://127.0.0.1:1", "no server answered"), ("", "names no server")])
    func debuginfodThatCannotBeAskedIsNoted(_ servers: String, _ reason: String) throws {
      if !servers.isEmpty { try requireClient() }
      let (profile, _) = try record(
        [try build().program], ["--native-only", "--debuginfod"],
        environment: ["DEBUGINFOD_URLS=\(servers)"] + Self.cache())
      #expect(
        profile.ledger.notes.contains { $0.contains("not downloaded") && $0.contains(reason) },
        "\(profile.ledger.notes)")
    }

    private static func cache() throws -> [String] {
      ["DEBUGINFOD_CACHE_PATH=" + (try temporaryPath("cache"))]
    }

    private func requireClient() throws {
      guard dlopen("libdebuginfod.so.1", RTLD_NOW) != nil else {
        try Test.cancel("libdebuginfod is not installed: not tested")
      }
    }
  }
}

/// A web server on loopback, for the files of one directory.
private final class LoopbackServer {
  let port: Int
  private let process = Process()

  init(_ directory: String) throws {
    let script = """
      import functools, http.server, sys
      class Quiet(http.server.SimpleHTTPRequestHandler):
          def log_message(self, *words): pass
      handler = functools.partial(Quiet, directory=sys.argv[1])
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
      print(server.server_port, flush=True)
      server.serve_forever()
      """
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, directory]
    process.standardOutput = output
    try Watchdog.start(process, seconds: 60)
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit {
    process.terminate()
    process.waitUntilExit()
  }
}
