import CPython
import RemoteProcess
import SampleTypes

/// The code objects of the target, by address, and which of them a sample has met there.
///
/// An address may hold another code object at each instant. Where the fingerprint that it had at the sampled
/// instant is known, the name is that one's or none (`settle`). Where it is not, what is there now counts
/// only if the same was there before the sample (`look`).
struct CodeObjectTable {
  struct Entry {
    /// Never reused, so that what is cached for a code object dies with it.
    var number: Int32
    var object: CodeObject
    var fingerprint: CodeFingerprint
    /// The pass in which it was last met.
    var checkedPass: Int = -1
    /// The pass in which it was found: what was there before is not known.
    var foundPass: Int = -1
    /// The pass in which the target was last found to hold it still.
    var comparedPass: Int = -1
    var text = TextTrust()
  }

  /// A code object that was at an address once.
  private struct Identity: Hashable {
    var address: RemoteAddress
    var fingerprint: CodeFingerprint
  }

  private struct Looked {
    var entry: Entry
    /// The pass in which it was found, and whether something else was known of the address then.
    var foundPass: Int
    var isReplacement: Bool
  }

  private let runtime: PythonRuntime
  /// What was found out, or checked, here: the code object that the last settled sample met there.
  private var entries: [RemoteAddress: Entry] = [:]
  /// Those that others took the place of while samples of both waited.
  private var former: [Identity: Entry] = [:]
  /// What was there when somebody looked at the target as it was then. Samples that were taken before may
  /// still wait: it must not take the place of what they met.
  private var looked: [RemoteAddress: Looked] = [:]
  private var inherited = InheritedCode()
  private var next: Int32 = 0
  private var pass = 0
  /// Addresses at which a sample of this pass met a code object that nobody can name any more.
  private var gone: Set<RemoteAddress> = []

  /// A program that makes code all the time does so at ever new addresses. What is forgotten is captured
  /// again where it is met: some 100 MB.
  private let limit: Int
  private static let mostFormer = 1 << 14

  init(runtime: PythonRuntime, limit: Int = 1 << 17) {
    self.runtime = runtime
    self.limit = limit
  }

  /// Of the interpreter's version.
  var minor: Int { runtime.version.minor }

  /// The table of a forked process, which has the same code objects at the same addresses. Both share what
  /// is known by now.
  mutating func fork() -> CodeObjectTable {
    inherited.add(entries)
    // What was checked in this pass, or captured for it, needs no other look.
    entries = entries.filter { $0.value.checkedPass == pass }
    var child = CodeObjectTable(runtime: runtime, limit: limit)
    child.next = next
    child.inherited = inherited
    return child
  }

  /// Begins a pass over samples: each code object is compared once in it.
  mutating func beginPass() {
    pass += 1
    gone.removeAll(keepingCapacity: true)
  }

  // MARK: What was settled at the sampled instant

  /// Takes over what was captured while the thread of the next sample stood still. It replaces what was known
  /// of the address, even if it is gone by now (a module's code is freed as soon as it has run).
  mutating func add(_ raw: RawCodeObject) {
    makeRoom()
    gone.remove(raw.address)
    entries[raw.address] = entry(raw)
  }

  private mutating func entry(_ raw: RawCodeObject) -> Entry {
    defer { next += 1 }
    return Entry(
      number: next, object: raw.decode(), fingerprint: raw.fingerprint, checkedPass: pass,
      foundPass: pass)
  }

  /// Forgets what was not met in this pass or, if that is not enough, all.
  private mutating func makeRoom() {
    guard entries.count >= limit else { return }
    entries = entries.filter { $0.value.checkedPass >= pass - 1 }
    if entries.count > limit / 2 { entries = [:] }
  }

  /// A sample that waits to be settled met the code object with this fingerprint at `address`, which is not
  /// known: copies it, which mostly is in time.
  mutating func meet(
    _ print: CodeFingerprint, at address: RemoteAddress, memory: inout some RemoteMemory
  ) {
    if let raw = capture(print, at: address, memory: &memory) { meet(raw) }
  }

  /// The same for one that was copied with the sample.
  mutating func meet(_ raw: RawCodeObject) { place(entry(raw), at: raw.address) }

  /// The same of one of which some lines were not copied, and which mostly is still there with all of them.
  mutating func meet(
    _ copied: RawCodeObject, unlessReadAt address: RemoteAddress, memory: inout some RemoteMemory
  ) {
    meet(capture(copied.fingerprint, at: address, memory: &memory) ?? copied)
  }

  /// At the instant of the sample that is taken over next, `address` held the code object with this
  /// fingerprint: no doubt is left whose name it is.
  mutating func settle(
    _ print: CodeFingerprint, at address: RemoteAddress, memory: inout some RemoteMemory
  ) {
    if !gone.isEmpty { gone.remove(address) }
    if let entry = entries[address], entry.fingerprint == print {
      if entry.checkedPass != pass { entries[address]?.checkedPass = pass }
    } else if let entry = former[Identity(address: address, fingerprint: print)] {
      place(entry, at: address)
    } else if let entry = inherited[address], entry.fingerprint == print {
      place(entry, at: address)
    } else if let raw = capture(print, at: address, memory: &memory) {
      place(entry(raw), at: address)
    } else {
      displace(address)
      inherited.remove(address)
      gone.insert(address)
    }
  }

  /// True if the code object with this fingerprint is known.
  func knows(_ print: CodeFingerprint, at address: RemoteAddress) -> Bool {
    if entries[address]?.fingerprint == print || inherited[address]?.fingerprint == print {
      return true
    }
    return !former.isEmpty && former[Identity(address: address, fingerprint: print)] != nil
  }

  private func capture(
    _ print: CodeFingerprint, at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> RawCodeObject? {
    let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory)
    return raw?.fingerprint == print ? raw : nil
  }

  private mutating func place(_ new: Entry, at address: RemoteAddress) {
    makeRoom()
    displace(address)
    entries[address] = new
    entries[address]?.checkedPass = pass
  }

  private mutating func displace(_ address: RemoteAddress) {
    guard let old = entries.removeValue(forKey: address) else { return }
    if former.count >= Self.mostFormer { former.removeAll(keepingCapacity: true) }
    former[Identity(address: address, fingerprint: old.fingerprint)] = old
  }

  /// No sample waits any more.
  mutating func forgetFormer() {
    if !former.isEmpty { former.removeAll(keepingCapacity: true) }
  }

  /// What was settled for `address` last; nil if it could not be named.
  func settled(at address: RemoteAddress) -> Entry? {
    gone.contains(address) ? nil : entries[address] ?? inherited[address]
  }

  // MARK: What is there now

  /// What a look at the target as it is tells of an earlier instant.
  enum Look {
    /// It holds the same code object as before that instant.
    case same(Entry)
    /// It holds what a sample of this pass has met, which may be one that was taken later.
    case met(Entry)
    /// Nothing was known of the address.
    case new(Entry)
    /// It holds another one than before.
    case replaced
    /// It holds none.
    case none
  }

  /// Compares the code object at `address` with what was there before the samples of this pass.
  mutating func look(at address: RemoteAddress, memory: inout some RemoteMemory) -> Look {
    if gone.contains(address) { return .none }
    let before = entries[address] ?? inherited[address]
    if let before, before.comparedPass == pass { return proof(of: before) }
    let now = fingerprint(at: address, memory: &memory)
    // A target that is gone proves nothing; the name is the best there is.
    if let before, now == nil || now == before.fingerprint {
      entries[address] = before
      entries[address]?.checkedPass = pass
      entries[address]?.comparedPass = pass
      return proof(of: before)
    }
    if let found = looked[address], found.entry.fingerprint == now {
      if found.foundPass != pass { return .same(found.entry) }
      return found.isReplacement ? .replaced : .new(found.entry)
    }
    let isKnown = before != nil || looked[address] != nil
    looked[address] = nil
    guard let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory) else {
      return isKnown ? .replaced : .none
    }
    if looked.count >= limit { looked.removeAll() }
    let found = Looked(entry: entry(raw), foundPass: pass, isReplacement: isKnown)
    looked[address] = found
    return isKnown ? .replaced : .new(found.entry)
  }

  private mutating func fingerprint(
    at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> CodeFingerprint? {
    let layout = runtime.layout
    guard var print = CodeFingerprint(withoutTextOf: address, layout: layout, memory: &memory)
    else { return nil }
    guard !layout.numbersCode else { return print }
    let known = entries[address] ?? looked[address]?.entry
    var text = known?.text ?? TextTrust()
    text.complete(&print, known: known?.fingerprint, layout: layout, memory: &memory)
    entries[address]?.text = text
    looked[address]?.entry.text = text
    return print
  }

  /// What a code object that is still there proves.
  private func proof(of entry: Entry) -> Look {
    entry.foundPass < pass ? .same(entry) : .met(entry)
  }
}
