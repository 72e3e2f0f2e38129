import Foundation
import LinuxIO
import ProfileModel
import RecordingFile
import Support
import Testing

/// Targets that lie about themselves.
extension RealProcessTests {
  @Suite(.serialized) struct HostileFileTests {
    /// A program that says that its command line is gigabytes long, and works (prctl(2)).
    private static let source = """
      #define _GNU_SOURCE
      #include <linux/prctl.h>
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include <sys/mman.h>
      #include <sys/prctl.h>
      #include <unistd.h>
      static unsigned long number(const char *text, int field) {
        char *copy = strdup(strrchr(text, ')') + 2), *word = strtok(copy, " ");
        for (int i = 3; i < field; i++) word = strtok(0, " ");
        return strtoul(word, 0, 10);
      }
      int main(void) {
        unsigned long size = 8ul << 30;
        char *fake = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        char stat[4096] = "";
        FILE *file = fopen("/proc/self/stat", "r");
        if (fake == MAP_FAILED || !file || !fgets(stat, sizeof stat, file)) return 1;
        fclose(file);
        memset(fake, 'a', 1 << 20);
        struct prctl_mm_map map = {
            .start_code = number(stat, 26), .end_code = number(stat, 27),
            .start_data = number(stat, 45), .end_data = number(stat, 46),
            .start_brk = number(stat, 47), .brk = (unsigned long)sbrk(0),
            .start_stack = number(stat, 28), .arg_start = (unsigned long)fake,
            .arg_end = (unsigned long)fake + size - 1, .env_start = number(stat, 50),
            .env_end = number(stat, 51), .exe_fd = -1};
        if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0)) return 2;
        puts("ready");
        fflush(stdout);
        for (volatile unsigned long i = 0;; i++) {}
      }
      """

    @Test func aCommandLineOfGigabytesIsCut() throws {
      let program = try temporaryPath("liar")
      try Self.source.write(toFile: program + ".c", atomically: true, encoding: .utf8)
      let compiler = Process()
      compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      compiler.arguments = ["gcc", "-w", "-o", program, program + ".c"]
      try compiler.run()
      compiler.waitUntilExit()
      guard compiler.terminationStatus == 0 else { try Test.cancel("no gcc") }
      let target = Process()
      target.executableURL = URL(fileURLWithPath: program)
      let pipe = Pipe()
      target.standardOutput = pipe
      try target.run()
      defer {
        kill(target.processIdentifier, SIGKILL)
        target.waitUntilExit()
      }
      guard pipe.fileHandleForReading.availableData == Data("ready\n".utf8) else {
        try Test.cancel("PR_SET_MM_MAP is refused here")
      }
      let output = try temporaryPath("hyflame.data")
      let start = ContinuousClock.now
      let result = try HyflameProcess.run([
        "record", "-q", "--native-only", "-d", "0.5", "-p", "\(target.processIdentifier)", "-o",
        output,
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(ContinuousClock.now - start < .seconds(30))
      let profile = try RecordingReader.read(path: output)
      #expect(profile.target.command.hasPrefix("aaaa") && profile.target.command.hasSuffix("…"))
      #expect(profile.target.command.utf8.count < 1 << 15)
      #expect(profile.ledger.profilerPeakRSS < 1 << 30)
      // As whom it reads, for the report.
      #expect(profile.target.reader?.user == geteuid())
      #expect(!profile.target.hasOtherRoot)
      let checked = try HyflameProcess.run(["doctor", "-p", "\(target.processIdentifier)"])
      #expect(checked.status == 4, "no CPython")
    }

    /// A read that never returns ends hyflame, which cannot go on; the target runs on.
    @Test(arguments: ["read", "kernel", "stop"])
    func memoryThatNobodyServes(_ way: String) throws {
      let target = try TestProgram(TestedPython.version(12).interpreter(), "unanswered.py")
      if let refusal = target.ready["refusal"] { try Test.cancel("no userfaultfd: \(refusal)") }
      let start = ContinuousClock.now
      let result = try HyflameProcess.run([
        "record", "-q", "-d", "1", "--capture", way, "-p", "\(target.pid)", "-o",
        temporaryPath("hyflame.data"),
      ])
      #expect(
        result.status == 1 && result.errors.contains("has not answered for 3 s"), "\(result.errors)"
      )
      #expect(ContinuousClock.now - start < .seconds(20))
      let files = ProcFiles(pid: target.pid)
      let deadline = ContinuousClock.now + .seconds(2)
      while files.tracer() != 0 && ContinuousClock.now < deadline { usleep(10_000) }
      let before = try #require(files.cpuTime())
      usleep(500_000)
      // It sleeps for 10 ms at a time.
      #expect(files.tracer() == 0 && files.state() != "t" && files.state() != "T")
      #expect(try #require(files.cpuTime()) >= before)
    }

    /// A worker that has given up root names what it likes: what a page shows then is what it may read itself.
    @Test(arguments: [([], 0), ([64001], 64001), ([64001, 64002], 65534)] as [([Int], UInt32)])
    func leastOfAllUsers(_ users: [Int], _ least: UInt32) throws {
      guard geteuid() == 0 else { try Test.cancel("only root can become other users") }
      let recorded = try Recorded(
        TestedPython.any(), "users.py", ["--users"] + users.map(String.init), way: .kernel,
        options: ["-s"])
      #expect(recorded.profile.target.reader?.user == least)
      #expect(!recorded.profile.target.hasOtherRoot)
    }
  }
}
