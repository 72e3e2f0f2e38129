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
struct CopiedStackEvidence {
  let frames: [NativeFrame]
  let saved: [SavedRegisters]
  /// Parallel to `frames`.
  let isEvalLoop: [Bool]
  let stack: StackBytes
  /// Of the interpreter.
  let minorVersion: Int

  /// Takes the frames out of each activation that the stack does not confirm; false if there was one.
  ///
  /// Each activation is judged for itself: what is confirmed was there, whatever became of the others.
  ///
  /// - Parameter bytecode: where a code object's bytecode is.
  func keepConfirmed(
    in python: inout PythonStack, bytecode: (RemoteAddress) -> AddressRange?
  ) -> Bool {
    var isWhole = true
    var next = 0
    for index in python.activations.indices {
      let activation = python.activations[index]
      // It was being entered or left when it was read, which no stack tells of an earlier instant.
      guard activation.frameCount > 0 else {
        isWhole = false
        continue
      }
      let frame = python.frames[Int(activation.firstFrame)]
      if let bytecode = bytecode(frame.code),
        let host = possibleHosts(of: activation, from: next).first(where: {
          runs(frame, bytecode, in: $0)
        })
      {
        next = host + 1
      } else {
        python.activations[index].frameCount = 0
        isWhole = false
      }
    }
    return isWhole
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

  private func runs(_ frame: PythonFrame, _ bytecode: AddressRange, in host: Int) -> Bool {
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
    for index in 0..<SavedRegisters.count { look(saved[host][calleeSaved: index]) }
    var address = frames[host].stackPointer
    while address < frames[host].cfa, let word = stack.word(at: address) {
      look(word)
      address += 8
    }
    return seesFrame && seesInstruction && !seesAnother
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
