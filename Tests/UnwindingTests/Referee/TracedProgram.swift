import CLibunwind
import Foundation
import SampleTypes
import Symbols

/// A program that was started for a test and is stopped at instants of the test's choice. All
/// calls must come from the thread that made it: ptrace ties a tracee to its tracer's thread.
final class TracedProgram {
  let processID: pid_t
  /// The thread that is traced.
  let thread: pid_t

  /// Kept open: a program that prints into a closed pipe ends.
  private let output: Int32

  struct Failure: Error {
    var reason: String
    /// ptrace is not allowed here (kernel.yama.ptrace_scope, seccomp).
    var isPermission = false
  }

  /// Starts the program and waits until it prints a line that begins with `ready`; a number behind
  /// it names the thread to trace.
  init(_ arguments: [String]) throws {
    var pipeEnds: [Int32] = [0, 0]
    guard pipe(&pipeEnds) == 0 else { throw Failure(reason: "pipe") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
    posix_spawn_file_actions_addclose(&actions, pipeEnds[0])
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var processID: pid_t = 0
    let error = posix_spawn(&processID, arguments[0], &actions, nil, &pointers, environ)
    posix_spawn_file_actions_destroy(&actions)
    close(pipeEnds[1])
    output = pipeEnds[0]
    guard error == 0 else { throw Failure(reason: "cannot start \(arguments[0]): \(error)") }
    self.processID = processID
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = read(pipeEnds[0], &buffer, buffer.count)
    let line = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    let words = line.split { $0 == " " || $0 == "\n" }
    thread = words.count > 1 ? pid_t(words[1]) ?? processID : processID
    let isTraced = words.first == "ready" && trace_seize(thread) == 0
    let mayNotTrace = words.first == "ready" && !isTraced && errno == EPERM
    guard isTraced else {
      kill(processID, SIGKILL)
      waitpid(processID, nil, 0)
      throw Failure(
        reason: "\(arguments) said '\(line)', tracing refused: \(mayNotTrace)",
        isPermission: mayNotTrace)
    }
  }

  /// Kills and reaps the program.
  func end() {
    close(output)
    kill(processID, SIGKILL)
    while trace_wait(thread) >= 0 {}
    waitpid(processID, nil, 0)
  }

  /// Stops the thread where it is; signals that arrive meanwhile are delivered.
  func stop() throws {
    guard trace_interrupt(thread) == 0 else { throw Failure(reason: "interrupt \(errno)") }
    while true {
      switch trace_wait(thread) {
      case 0: return
      case -1: throw Failure(reason: "the program ended")
      case let signal: _ = trace_continue(thread, Int(signal))
      }
    }
  }

  func resume() { _ = trace_continue(thread, 0) }

  /// Lets the thread run for a while, with its signals.
  func run(microseconds: UInt32) {
    resume()
    usleep(microseconds)
  }

  func registers() throws -> Registers {
    var user = user_regs_struct()
    guard trace_registers(thread, &user) == 0 else { throw Failure(reason: "registers \(errno)") }
    var registers = Registers()
    (registers.rax, registers.rdx, registers.rcx) = (
      UInt64(user.rax), UInt64(user.rdx), UInt64(user.rcx)
    )
    (registers.rbx, registers.rsi, registers.rdi) = (
      UInt64(user.rbx), UInt64(user.rsi), UInt64(user.rdi)
    )
    (registers.rbp, registers.rsp, registers.rip) = (
      UInt64(user.rbp), UInt64(user.rsp), UInt64(user.rip)
    )
    (registers.r8, registers.r9, registers.r10) = (
      UInt64(user.r8), UInt64(user.r9), UInt64(user.r10)
    )
    (registers.r11, registers.r12, registers.r13) = (
      UInt64(user.r11), UInt64(user.r12), UInt64(user.r13)
    )
    (registers.r14, registers.r15) = (UInt64(user.r14), UInt64(user.r15))
    return registers
  }

  /// Read to its end: Foundation takes a page of a file in /proc for all of it.
  var mapText: String {
    let file = open("/proc/\(processID)/maps", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = read(file, &buffer, buffer.count), count > 0 {
      text += buffer.prefix(count)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The readable part of a range, from its start on.
  func bytes(_ range: AddressRange) -> [UInt8] {
    let file = open("/proc/\(processID)/mem", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    return [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
      initialized = max(
        0, pread(file, buffer.baseAddress, buffer.count, off_t(range.start.rawValue)))
    }
  }

  /// The stack from `redZone` bytes below the stack pointer to the end of its mapping.
  func stack(
    from stackPointer: UInt64, _ map: MemoryMap, redZone: UInt64 = 128, limit: UInt64 = 1 << 20
  ) -> (
    UInt64, [UInt8]
  ) {
    let start = stackPointer - redZone
    let end = map.mapping(containing: RemoteAddress(stackPointer))?.range.end.rawValue ?? start
    let range = AddressRange(
      start: RemoteAddress(start), end: RemoteAddress(min(end, start + limit)))
    return (start, bytes(range))
  }
}
