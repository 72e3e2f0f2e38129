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
  private var entries: [RemoteAddress: Entry] = [:]
  /// What the parent of a forked process knew, all of it unchecked here. Shared, for it may be much and
  /// there may be many children.
  private var inherited: [RemoteAddress: Entry] = [:]
  private var next: Int32 = 0
  private var pass = 0
  private var replaced: [RemoteAddress] = []
  /// Addresses whose code object was freed between a sample of this pass and now.
  private var gone: Set<RemoteAddress> = []

  init(runtime: PythonRuntime) { self.runtime = runtime }

  /// Of the interpreter's version.
  var minor: Int { runtime.version.minor }

  /// A forked process has the same code objects at the same addresses.
  init(asCopyOf parent: CodeObjectTable) {
    runtime = parent.runtime
    next = parent.next
    inherited =
      parent.inherited.isEmpty
      ? parent.entries : parent.entries.merging(parent.inherited) { own, _ in own }
  }

  /// Takes over what a stop captured. It replaces what was known of the address, and needs no
  /// comparison for the packet of that stop, even if it is gone by now (a module's code is freed as
  /// soon as it has run).
  mutating func add(_ raw: RawCodeObject) {
    entries[raw.address] = Entry(
      number: next, object: raw.decode(), fingerprint: raw.fingerprint, checkedPass: pass)
    next += 1
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
    if entries[address] == nil, inherited[address]?.fingerprint == print {
      entries[address] = inheritedEntry(at: address)
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
      inherited[address] = nil
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
    guard var entry = entries[address] ?? inheritedEntry(at: address) else {
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

  private func inheritedEntry(at address: RemoteAddress) -> Entry? {
    var entry = inherited[address]
    entry?.checkedPass = -1
    entry?.isReplaced = false
    return entry
  }

  /// The address holds another code object, which is taken over, or none: the old one was freed. For
  /// this pass it stays in doubt which one was sampled.
  private mutating func replace(
    _ old: Entry, at address: RemoteAddress, memory: inout some RemoteMemory
  ) -> Entry? {
    replaced.append(address)
    entries[address] = nil
    inherited[address] = nil
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
