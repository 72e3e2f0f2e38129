// Unwinds the same captured stacks with hyflame's unwinder, libunwind and libdw, and prints the CPU
// time of a frame as JSON:
//
//     UnwindingBenchmark PROGRAM ARGUMENTS…
//
// The program must print a line that begins with `ready`, as Tests/Fixtures/unwinding/callheavy.py does.

import Foundation
import SampleTypes
import Symbols
import Unwinding
import UnwindingPeers

let stackCount = 200
let passes = 10
let frameLimit: Int32 = 4096

let program = try TracedProgram(Array(CommandLine.arguments.dropFirst()))
let capture = try Capture(program, count: stackCount)
var results = [measure("hyflame", hyflame(capture, program))]
if let peer = libunwind_open(program.thread) {
  results.append(measure("libunwind", unwinding(capture, with: peer)))
  results.append(measureSecondTimes("libunwind, the same stack twice", capture, with: peer))
  peer_close(peer)
}
if let peer = libdw_open(program.processID) {
  results.append(measure("libdw", unwinding(capture, with: peer)))
  peer_close(peer)
}
program.end()
print("{\"stacks\": \(stackCount), \"unwinders\": [\(results.joined(separator: ", "))]}")

/// Unwinds all stacks; returns the number of frames.
func hyflame(_ capture: Capture, _ program: TracedProgram) -> () -> Int {
  let modules = ModuleTable(
    capture.map, processID: program.processID, readMemory: program.bytes)
  var unwinder = Unwinder()
  var frames: [NativeFrame] = []
  var saved: [SavedRegisters] = []
  return {
    var count = 0
    for stack in capture.stacks {
      stack.bytes.withUnsafeBytes { bytes in
        _ = unwinder.unwind(
          registers: stack.registers, stack: StackBytes(start: stack.start, bytes: bytes),
          modules: modules, into: &frames, saved: &saved)
      }
      count += frames.count
    }
    return count
  }
}

func unwinding(_ capture: Capture, with peer: OpaquePointer) -> () -> Int {
  {
    capture.stacks.reduce(0) { count, stack in
      count + stack.withPeerForm { Int(peer_unwind(peer, $0, frameLimit)) }
    }
  }
}

/// The best pass: whatever else the machine does only adds to a pass. The first fills the caches.
/// `except` is a clock of what shall not count.
func measure(_ name: String, _ unwindAll: () -> Int) -> String {
  let frames = unwindAll()
  let best =
    (0..<passes).map { _ in
      let start = cpuTime()
      _ = unwindAll()
      return cpuTime() - start
    }.min() ?? 0
  return result(name, frames: frames, nanoseconds: best)
}

/// Every stack is unwound twice and the second time counts. libunwind 1.6 drops addresses from its
/// cache, whatever its size, and looking one up takes as long as a thousand frames that are in it.
func measureSecondTimes(_ name: String, _ capture: Capture, with peer: OpaquePointer) -> String {
  var frames = 0
  var best = Double.infinity
  for _ in 0..<passes {
    frames = 0
    var sum = 0.0
    for stack in capture.stacks {
      stack.withPeerForm { stack in
        _ = peer_unwind(peer, stack, frameLimit)
        let start = cpuTime()
        frames += Int(peer_unwind(peer, stack, frameLimit))
        sum += cpuTime() - start
      }
    }
    best = min(best, sum)
  }
  return result(name, frames: frames, nanoseconds: best)
}

func result(_ name: String, frames: Int, nanoseconds: Double) -> String {
  let perFrame = nanoseconds / Double(max(frames, 1))
  return "{\"name\": \"\(name)\", \"frames\": \(frames), \"ns\": \(perFrame)}"
}

/// CPU nanoseconds of this thread.
func cpuTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}
