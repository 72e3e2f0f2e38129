import Foundation
import LinuxIO
import RemoteProcess
import Support
import Testing

@testable import Recorder

/// How a target ends, as all modes are told of it.
@Suite struct TargetLifeTests {
  private func end(of life: TargetLife) -> TargetLife.End? {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if let end = life.look() { return end }
      usleep(1000)
    }
    return nil
  }

  @Test func aLaunchedCommandWaitsAtItsGate() throws {
    let life = try TargetLife(launching: ["/bin/sh", "-c", "exit 7"], Inheritance.current())
    #expect(life.isAtGate && life.isLaunched)
    usleep(50_000)
    #expect(life.look() == nil)
    life.passGate()
    #expect(!life.isAtGate && life.execError() == nil)
    #expect(end(of: life) == TargetLife.End(waitStatus: 7 << 8))
    // It is told once more to whoever asks.
    #expect(life.look() == life.end)
  }

  @Test func aCommandThatCannotBeExecuted() throws {
    let life = try TargetLife(launching: ["/no/such/program"], Inheritance.current())
    life.passGate()
    #expect(life.execError() == ENOENT)
    life.reap()
    #expect(life.end != nil)
  }

  /// Its parent may never wait for it.
  @Test func aZombieHasEnded() throws {
    let parent = Process()
    parent.executableURL = URL(fileURLWithPath: "/bin/sh")
    parent.arguments = ["-c", "sleep 0.3 & echo $!; exec sleep 60"]
    let output = Pipe()
    parent.standardOutput = output
    try parent.run()
    defer {
      kill(parent.processIdentifier, SIGKILL)
      parent.waitUntilExit()
    }
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let pid = try #require(Int32(line.trimmingCharacters(in: .newlines)))
    let life = TargetLife(attachedTo: pid)
    #expect(!life.isAtGate && !life.isLaunched && life.look() == nil)
    #expect(end(of: life) == TargetLife.End(waitStatus: nil))
    #expect(ProcFiles(pid: pid).state() == "Z")
  }

  @Test func aTracerTellsTheStatus() {
    let life = TargetLife(attachedTo: getpid())
    #expect(life.look() == nil)
    life.hasEnded(9)
    #expect(life.look() == TargetLife.End(waitStatus: 9))
  }
}
