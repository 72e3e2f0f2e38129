import CPython
import SampleTypes
import Unwinding

/// What the stack that was copied at the sampled instant says of Python frames that were read later,
/// while their thread may have moved on.
///
/// An eval loop that has called out, or was interrupted, keeps a pointer to the Python frame that it runs
/// and one to its next instruction: in callee-saved registers, in its own stack frame, or in the struct
/// there that links activations. A frame that is pointed to so, at the instruction that was read, is what
/// it ran at the sampled instant. Frame and function alone prove less: the next call of the same
/// function, from another line, mostly has its frame in the same place.
///
/// From 3.11 on that is no proof. An eval loop runs several Python frames, of which the native stack knows
/// the innermost alone, and the loop may have come back to that instruction by another way; Debian's 3.11
/// besides has slots that still hold an instruction of the function before.
struct CopiedStackEvidence {
  let frames: [NativeFrame]
  let saved: [SavedRegisters]
  /// Parallel to `frames`.
  let isEvalLoop: [Bool]
  let stack: StackBytes
  /// Of the interpreter.
  let minorVersion: Int

  /// What came of comparing the Python frames with the stack.
  enum Verdict {
    /// Each frame was there, at that instruction.
    case whole
    /// All agrees, but some of it leaves no trace that could differ.
    case unproven
    /// What was read is of a later instant, in part at least.
    case movedOn
  }

  private var provesFrames: Bool { minorVersion <= 10 }

  /// Takes the frames out of each activation that the stack does not confirm, and the instruction where it
  /// shows another one of the same function.
  ///
  /// Each activation is judged for itself: what is confirmed was there, whatever became of the others.
  ///
  /// - Parameter bytecode: where a code object's bytecode is.
  func keepConfirmed(
    in python: inout PythonStack, bytecode: (RemoteAddress) -> AddressRange?
  ) -> Verdict {
    var verdict = provesFrames ? Verdict.whole : .unproven
    var next = 0
    for index in python.activations.indices {
      let activation = python.activations[index]
      // It was being entered or left when it was read, which no stack tells of an earlier instant.
      guard activation.frameCount > 0 else {
        verdict = .movedOn
        continue
      }
      // Up to 3.10 an activation runs the outermost of its frames, later the innermost. Those that no eval loop
      // runs leave no trace, and mostly are frames that have returned while they were read.
      let running = provesFrames ? activation.lastFrame : Int(activation.firstFrame)
      if provesFrames, activation.frameCount > 1 {
        python.activations[index].firstFrame = Int32(running)
        python.activations[index].frameCount = 1
        verdict = .movedOn
      }
      let frame = python.frames[running]
      guard let bytecode = bytecode(frame.code),
        let (host, seen) = host(of: activation, from: next, running: frame, bytecode)
      else {
        python.activations[index].frameCount = 0
        verdict = .movedOn
        continue
      }
      next = host + 1
      if seen == .function {
        python.frames[running].instructionOffset = Self.unknownInstruction
        verdict = .movedOn
      }
    }
    return verdict
  }

  /// The frame then stands with the first line of its function.
  private static let unknownInstruction: Int32 = -1

  /// What an eval loop's registers and stack frame show of a Python frame.
  private enum Sight: Int {
    case nothing
    /// That it ran the frame's function there, but at another instruction, or at which one of several.
    case function
    case instruction
  }

  /// The eval loop that shows most of the frame.
  private func host(
    of activation: PythonActivation, from start: Int, running frame: PythonFrame,
    _ bytecode: AddressRange
  ) -> (host: Int, seen: Sight)? {
    var best: (host: Int, seen: Sight)?
    for host in possibleHosts(of: activation, from: start) {
      let seen = sight(of: frame, bytecode, in: host)
      if seen == .instruction { return (host, seen) }
      if seen == .function, best == nil { best = (host, seen) }
    }
    return best
  }

  /// The eval loops that may run an activation: the one that contains its key or, without keys (3.8,
  /// 3.9), all from `start` on, innermost first.
  private func possibleHosts(
    of activation: PythonActivation, from start: Int
  ) -> some Sequence<Int> {
    let key = activation.key.rawValue
    let isKeyed = !activation.key.isNull
    return frames.indices.dropFirst(isKeyed ? 0 : start).lazy.filter {
      isEvalLoop[$0] && (!isKeyed || frames[$0].stackPointer <= key && key < frames[$0].cfa)
    }
  }

  private func sight(of frame: PythonFrame, _ bytecode: AddressRange, in host: Int) -> Sight {
    var seesFrame = false
    var seesInstruction = false
    // A slot of the stack frame may hold what was true before: then two instructions are in sight.
    var seesAnother = false
    func look(_ word: UInt64) {
      if word == frame.frame.rawValue { seesFrame = true }
      if isNext(word, after: frame, bytecode) {
        seesInstruction = true
      } else if bytecode.contains(RemoteAddress(word)), word != bytecode.start.rawValue {
        seesAnother = true
      }
    }
    func look(at place: Int) {
      for index in 0..<SavedRegisters.count { look(saved[place][calleeSaved: index]) }
      var address = frames[place].stackPointer
      while address < frames[place].cfa, let word = stack.word(at: address) {
        look(word)
        address += 8
      }
    }
    look(at: host)
    // A tail-calling interpreter (3.14 on) keeps both in the function of the instruction, which the eval
    // loop has called.
    if host > 0, !seesFrame || !(seesInstruction || seesAnother) { look(at: host - 1) }
    guard seesFrame, seesInstruction || seesAnother else { return .nothing }
    return seesAnother ? .function : .instruction
  }

  /// True if `word` points to the instruction that `frame` executes next.
  ///
  /// Up to 3.10 that is directly behind the one that the frame names, and behind up to two
  /// `EXTENDED_ARG`s; from 3.11 on there, or behind its inline cache (nine code units at most, those of
  /// `LOAD_ATTR` in 3.12), or not taken yet.
  private func isNext(_ word: UInt64, after frame: PythonFrame, _ bytecode: AddressRange) -> Bool {
    let distance = RemoteAddress(word) - (bytecode.start + Int(frame.instructionOffset))
    return (minorVersion <= 10 ? 2...6 : 0...20).contains(distance)
  }
}
