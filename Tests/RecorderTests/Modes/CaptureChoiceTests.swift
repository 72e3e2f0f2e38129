import Glibc
import ProfileModel
import SampleTypes
import Testing

@testable import Recorder

/// The one decision that `record` executes and `doctor` prints, over all that can be allowed and refused.
@Suite struct CaptureChoiceTests {
  private static let refusals: [Int32?] = [nil, EPERM]

  /// Every combination of what perf, BPF, ptrace and reading memory are allowed, and of a tracer.
  private static let matrix: [CaptureFacts] = refusals.flatMap { perf in
    refusals.flatMap { program in
      refusals.flatMap { tracing in
        refusals.flatMap { reading in
          [Int32(0), 99].map {
            CaptureFacts(
              perfEvents: perf, program: program, tracing: tracing, reading: reading, tracer: $0)
          }
        }
      }
    }
  }

  /// Left to us: the best that is allowed, and never an error while Python frames may be read.
  @Test func automatic() {
    #expect(Self.matrix.count == 32)
    for facts in Self.matrix {
      let choice = CaptureChoice.choose(nil, facts)
      if facts.reading != nil {
        #expect(choice == .refuse(.reading(errno: EPERM)))
      } else if facts.tracer != 0 {
        #expect(choice == .take(.read, because: .traced(by: 99)))
      } else if facts.tracing != nil {
        #expect(choice == .take(.read, because: .tracing(errno: EPERM)))
      } else if facts.perfEvents != nil {
        #expect(choice == .take(.read, because: .perfEvents(errno: EPERM)))
      } else {
        #expect(choice == .take(facts.program == nil ? .kernel : .stop, because: nil))
      }
    }
  }

  /// What is asked for is what is done, or refused: nothing else is done instead.
  @Test(arguments: CaptureMode.allCases)
  func asked(_ wanted: CaptureMode) {
    for facts in Self.matrix {
      let hinders =
        facts.reading != nil
        || wanted != .read && (facts.tracer != 0 || facts.tracing != nil || facts.perfEvents != nil)
        || wanted == .kernel && facts.program != nil
      switch CaptureChoice.choose(wanted, facts) {
      case .take(let taken, let reason): #expect(!hinders && taken == wanted && reason == nil)
      case .refuse: #expect(hinders)
      }
    }
  }

  /// Native frames and tasks cannot be had by reading, and tasks not inside the kernel.
  @Test func whatCannotBeRead() {
    let refused = CaptureFacts(perfEvents: ENOSYS)
    #expect(
      CaptureChoice.choose(nil, refused, mayRead: false)
        == .refuse(.perfEvents(errno: ENOSYS)))
    #expect(
      CaptureChoice.choose(nil, CaptureFacts(), mayRead: false, mayUseProgram: false)
        == .take(.stop, because: nil))
  }

  @Test func signsOfAStop() {
    func signs(_ chain: String...) -> StopSigns {
      chain.reduce(into: []) { $0.formUnion(StopSigns(of: $1)) }
    }
    // Linux 6.18, which has inlined do_jobctl_trap, and 6.1, which has not.
    let stops = [
      signs("ptrace_stop", "ptrace_do_notify", "get_signal", "arch_do_signal_or_restart"),
      signs("ptrace_stop", "do_jobctl_trap", "get_signal"),
    ]
    #expect(stops.allSatisfy { $0.contains(.ofATracer) && $0.isGroupStop })
    let ours = [
      signs("ptrace_stop", "get_signal", "arch_do_signal_or_restart"),
      signs("ptrace_stop", "ptrace_do_notify", "ptrace_notify", "kernel_clone"),
      signs("asm_sysvec_irq_work"),
    ]
    #expect(ours.allSatisfy { $0.contains(.ofATracer) && !$0.isGroupStop })
    #expect(!signs("do_signal_stop", "get_signal").contains(.ofATracer))
  }

  @Test func registersOfACall() throws {
    let futex = try #require(
      CallRegisters(
        parsing: "202 0x7f1a 0x189 0x1 0x2 0x3 0xffffffff 0x7ffc00 0x7f00\n"))
    #expect(futex.registers.rdi == 0x7f1a && futex.registers.r9 == 0xffff_ffff)
    #expect(futex.registers.rsp == 0x7ffc00 && futex.registers.rip == 0x7f00)
    // rdx, rsi, rdi, rsp, r8 to r10, rip: and none that a callee saves.
    #expect(futex.known == 0b1_0000_0111_1011_0010)
    let fault = try #require(CallRegisters(parsing: "-1 0x7ffc00 0x7f00\n"))
    #expect(fault.known == 1 << 7 | 1 << 16 && fault.registers.rip == 0x7f00)
    for text in [
      "running\n", "", "-1 0x0 0x0\n", "202\n", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7\n",
      "-1 7ffc00 7f00\n", "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0xgg\n",
    ] {
      #expect(CallRegisters(parsing: text[...]) == nil, "\(text)")
    }
    #expect(ThreadCall(parsing: "-1 0x0 0x0\n") == .ended)
  }

  @Test func evidenceOfPython() {
    var evidence = PythonEvidence.unknown
    evidence.add(isFound: false, executable: "/bin/sh")
    #expect(evidence == .none)
    // It may load its library after the look.
    evidence.add(isFound: false, executable: "/usr/bin/python3.11")
    #expect(evidence == .unknown)
    evidence.add(isFound: true, executable: nil)
    evidence.add(isFound: false, executable: "/bin/sh")
    #expect(evidence == .some)
  }
}
