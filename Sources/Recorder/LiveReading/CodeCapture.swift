import CPython
import LinuxIO
import SampleTypes

/// Captures each code object once, when a frame that runs it is seen for the first time.
///
/// A known address may hold another code object by now: each one's fingerprint is read again, all of them
/// by one system call.
struct CodeCapture {
  /// Code objects captured for one sample, so that a first sample deep in new code does not hold its thread
  /// for milliseconds. Of the rest the fingerprint is told.
  private static let limitPerSample = 24

  /// Code objects looked at for one sample; a recursion has few.
  private static let mostPerSample = 1024

  /// A program that makes code all the time does so at ever new addresses. Captured again, a code object
  /// is as good as before: 10 MB.
  private static let mostKnown = 1 << 17

  let runtime: PythonRuntime
  private var known: [RemoteAddress: KnownCode] = [:]
  private var sample: UInt64 = 0
  /// What the frames of the sample run, innermost first, each once; and what is there.
  private var addresses: [RemoteAddress] = []
  private var prints: [CodeFingerprint?] = []
  /// Some that were met lately, though not in the sample before.
  private var others: [RemoteAddress] = []
  private var copies: [UInt8] = []
  /// Whether all that the last sample's frames run was known before it, and is there still.
  private(set) var knewAll = false

  private struct KnownCode {
    /// Of what was handed over last; nil if nothing was.
    var fingerprint: CodeFingerprint?
    /// The last one that met it.
    var sample: UInt64
    var isSettled = false
    var text = TextTrust()
  }

  init(runtime: PythonRuntime) { self.runtime = runtime }

  /// Appends what the next `look` will probably read.
  func prefetchRanges(into ranges: inout [AddressRange]) {
    for address in addresses.prefix(Self.mostPrefetched) + others {
      ranges.append(CodeFingerprint.range(of: address, layout: runtime.layout))
    }
    if !runtime.layout.numbersCode { prefetchTexts(into: &ranges) }
  }

  /// Names are read one by one otherwise, in each of the first stops of a code object's life.
  private func prefetchTexts(into ranges: inout [AddressRange]) {
    let now = MonotonicClock.now()
    var lastFile: AddressRange?
    for address in addresses.prefix(Self.mostPrefetched) + others {
      guard let code = known[address], let print = code.fingerprint, !code.text.holds(at: now)
      else { continue }
      let (name, file) = print.textRanges(layout: runtime.layout)
      ranges.append(name)
      if file != lastFile { ranges.append(file) }
      lastFile = file
    }
  }

  private static let mostPrefetched = 32
  private static let mostOthers = 4

  /// Looks at the code objects of `stack`, to be called for each before `captureNew`.
  mutating func look(at stack: PythonStack, memory: inout some RemoteMemory) {
    if known.count >= Self.mostKnown { known.removeAll(keepingCapacity: true) }
    sample += 1
    addresses.removeAll(keepingCapacity: true)
    var last = RemoteAddress.null
    for frame in stack.frames where frame.code != last {
      last = frame.code
      guard addresses.count < Self.mostPerSample else { break }
      let before = known[last]?.sample
      guard before != sample else { continue }
      if before != sample - 1 { expectAgain(last) }
      known[last, default: KnownCode(sample: sample)].sample = sample
      known[last]?.isSettled = false
      addresses.append(last)
    }
    readPrints(memory: &memory)
    if !runtime.layout.numbersCode { readTexts(memory: &memory) }
  }

  /// Reads the text of names where that alone may tell that another code object lies there now.
  private mutating func readTexts(memory: inout some RemoteMemory) {
    for (index, address) in addresses.enumerated() where prints[index] != nil {
      guard var code = known[address] else { continue }
      code.text.complete(
        &prints[index]!, known: code.fingerprint, layout: runtime.layout, memory: &memory)
      known[address] = code
    }
  }

  /// A thread that calls the same few functions in turn runs one of them now that it did not last time.
  private mutating func expectAgain(_ address: RemoteAddress) {
    guard !others.contains(address) else { return }
    if others.count < Self.mostOthers {
      others.append(address)
    } else {
      others[Int(sample % UInt64(Self.mostOthers))] = address
    }
  }

  /// In place of `look` where the frames may be of an earlier call: what they run is not worth a read, and no
  /// frame is marked.
  mutating func passOver() {
    for index in prints.indices { prints[index] = nil }
  }

  private mutating func readPrints(memory: inout some RemoteMemory) {
    let range = runtime.layout.fingerprintRange
    let size = range.count
    prints.removeAll(keepingCapacity: true)
    if copies.count < addresses.count * size {
      copies.append(
        contentsOf: [UInt8](repeating: 0, count: addresses.count * size - copies.count))
    }
    copies.withUnsafeMutableBytes { buffer in
      var index = 0
      while index < addresses.count {
        // The first that cannot be read ends the copy.
        index += memory.copyPieces(
          of: size, at: addresses[index...], plus: range.lowerBound,
          into: UnsafeMutableRawBufferPointer(rebasing: buffer[(index * size)...]))
        while prints.count < index {
          let copy = buffer[(prints.count * size)..<((prints.count + 1) * size)]
          prints.append(
            CodeFingerprint(UnsafeRawBufferPointer(rebasing: copy), layout: runtime.layout))
        }
        if index < addresses.count {
          prints.append(nil)
          index += 1
        }
      }
    }
  }

  /// True where the innermost frame's code pointer leads to no code object: what a half-linked
  /// activation names may be a frame of earlier, overwritten in part.
  func innermostRunsNone(in stack: PythonStack) -> Bool {
    guard let codeType = runtime.codeType, !stack.frames.isEmpty, let first = prints.first
    else { return false }
    guard let print = first else { return true }
    return !print.isAlive || print.type != codeType
  }

  /// What is told of a code object.
  enum News {
    case captured(RawCodeObject)
    /// What `address` holds, where there was no time to capture it.
    case seen(CodeFingerprint, at: RemoteAddress)
  }

  /// Copies the code objects of `stack` that were not seen before, while they surely exist, and marks the
  /// frames whose code objects are known to the other side from now on.
  ///
  /// - Parameter hand: takes one over; false if there is no room, so that it is to be captured again.
  mutating func captureNew(
    in stack: inout PythonStack, memory: inout some RemoteMemory, _ hand: (News) -> Bool
  ) {
    var budget = Self.limitPerSample
    knewAll = addresses.count < Self.mostPerSample
    var areAllSettled = addresses.count < Self.mostPerSample
    for (address, print) in zip(addresses, prints) {
      let isSettled = settle(address, print, &budget, memory: &memory, hand)
      known[address]?.isSettled = isSettled
      areAllSettled = areAllSettled && isSettled
    }
    for index in stack.frames.indices {
      let code = stack.frames[index].code
      stack.frames[index].codeIsSettled =
        areAllSettled || known[code].map { $0.sample == sample && $0.isSettled } ?? false
    }
  }

  private mutating func settle(
    _ address: RemoteAddress, _ print: CodeFingerprint?, _ budget: inout Int,
    memory: inout some RemoteMemory, _ hand: (News) -> Bool
  ) -> Bool {
    guard let print, print.isAlive, runtime.codeType == nil || print.type == runtime.codeType
    else {
      knewAll = false
      return false
    }
    if known[address]?.fingerprint == print { return true }
    knewAll = false
    known[address]?.fingerprint = nil
    if budget > 0 {
      budget -= 1
      let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory)
      if let raw, raw.fingerprint == print, hand(.captured(raw)) {
        known[address]?.fingerprint = print
        return true
      }
    }
    return hand(.seen(print, at: address))
  }
}
