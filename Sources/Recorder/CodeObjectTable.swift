import CPython
import RemoteProcess
import SampleTypes

/// The code objects of the target, by address, and whether each address still holds the same one.
struct CodeObjectTable {
  struct Entry {
    /// Never reused, so that what is cached for a code object dies with it.
    var number: Int32
    var object: CodeObject
    var fingerprint: CodeFingerprint
    /// The pass in which the address was last compared with the fingerprint, and how it went.
    var checkedPass: Int = -1
    var isReplaced = false
  }

  private let runtime: PythonRuntime
  /// What was found out, or checked, here.
  private var entries: [RemoteAddress: Entry] = [:]
  private var inherited = InheritedCode()
  private var next: Int32 = 0
  private var pass = 0
  private var replaced: [RemoteAddress] = []
  /// Addresses whose code object was freed between a sample of this pass and now.
  private var gone: Set<RemoteAddress> = []

  /// A program that makes code all the time does so at ever new addresses. What is forgotten is captured
  /// again where it is met: some 100 MB.
  private let limit: Int

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

  /// Takes over what a stop captured. It replaces what was known of the address, and needs no
  /// comparison for the packet of that stop, even if it is gone by now (a module's code is freed as
  /// soon as it has run).
  mutating func add(_ raw: RawCodeObject) {
    makeRoom()
    entries[raw.address] = Entry(
      number: next, object: raw.decode(), fingerprint: raw.fingerprint, checkedPass: pass)
    next += 1
  }

  /// Forgets what was not met in this pass or, if that is not enough, all.
  private mutating func makeRoom() {
    guard entries.count >= limit else { return }
    entries = entries.filter { $0.value.checkedPass >= pass - 1 }
    if entries.count > limit / 2 { entries = [:] }
  }

  /// Begins a pass over samples: each code object is compared once in it.
  ///
  /// The comparison happens after the samples were taken. If the address holds the same code object
  /// now as when it was captured, before the samples, it held it all the time.
  mutating func beginPass() {
    pass += 1
    gone.removeAll(keepingCapacity: true)
  }

  /// True if the code object with this fingerprint is known at `address`.
  func holds(_ print: CodeFingerprint, at address: RemoteAddress) -> Bool {
    (entries[address] ?? inherited[address])?.fingerprint == print
  }

  /// At the instant of the sample that is taken over next, `address` held the code object with this
  /// fingerprint: no doubt is left whose name it is. True if it was not known before.
  mutating func settle(
    _ print: CodeFingerprint, at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> Bool {
    if !gone.isEmpty { gone.remove(address) }
    if entries[address] == nil, let entry = inherited[address], entry.fingerprint == print {
      makeRoom()
      entries[address] = entry
    }
    if let entry = entries[address], entry.fingerprint == print {
      if entry.checkedPass != pass || entry.isReplaced {
        entries[address]?.checkedPass = pass
        entries[address]?.isReplaced = false
      }
      return false
    }
    if let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory),
      raw.fingerprint == print
    {
      add(raw)
    } else {
      entries[address] = nil
      inherited.remove(address)
      gone.insert(address)
    }
    return true
  }

  /// The code object at `address`. `isReplaced` is true where the address holds another one by now,
  /// so that the name may be of the one before. Nil if it cannot be had any more.
  mutating func entry(
    at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> Entry? {
    if !gone.isEmpty, gone.contains(address) { return nil }
    guard var entry = entries[address] ?? inherited[address] else {
      // Not captured in a stop (an un-stopped read, or too many at once): read it now.
      guard let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory) else {
        return nil
      }
      add(raw)
      entries[address]?.checkedPass = pass
      return entries[address]
    }
    guard entry.checkedPass != pass else { return entry }
    let now = CodeFingerprint(of: address, layout: runtime.layout, memory: &memory)
    // A target that is gone proves nothing; the name is the best there is.
    if let now, now != entry.fingerprint {
      return replace(entry, at: address, memory: &memory)
    }
    entry.checkedPass = pass
    entry.isReplaced = false
    entries[address] = entry
    return entry
  }

  /// The address holds another code object, which is taken over, or none: the old one was freed. For
  /// this pass it stays in doubt which one was sampled.
  private mutating func replace(
    _ old: Entry, at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> Entry? {
    replaced.append(address)
    entries[address] = nil
    inherited.remove(address)
    if let raw = RawCodeObject.capture(at: address, runtime: runtime, memory: &memory) { add(raw) }
    var entry = entries[address] ?? old
    entry.checkedPass = pass
    entry.isReplaced = true
    entries[address] = entry
    return entry
  }

  /// Addresses that hold other code objects than were captured there; the stops must capture them
  /// again. Asking empties the list.
  mutating func takeReplaced() -> [RemoteAddress] {
    defer { replaced.removeAll(keepingCapacity: true) }
    return replaced
  }
}
