import SampleTypes

/// The entries of a dict, in insertion order; no hashing is needed to read them all.
struct DictEntries {
  /// More than any dict has that the reader is interested in (`sys.modules`, `__dict__`s).
  static let countLimit = 65_536

  var pairs: [(key: RemoteAddress, value: RemoteAddress)]

  /// Of a `PyDictObject`; nil if it cannot be read.
  init?(of dict: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    guard dict.isPlausiblePointer,
      let keys = memory.pointer(at: dict + layout.dict.keys),
      let values = memory.pointer(at: dict + layout.dict.values)
    else { return nil }
    // A split dict keeps its values apart from the keys that it shares with others.
    self.init(
      keys: keys, splitValues: values.isNull ? nil : values + Self.valuesHeader(layout),
      layout: layout, memory: &memory)
  }

  /// Of a keys object, with values of its own or split ones (the first value's address).
  init?(
    keys: RemoteAddress, splitValues: RemoteAddress?, layout: Layout,
    memory: inout some RemoteMemory
  ) {
    guard keys.isPlausiblePointer,
      let shape = Shape(at: keys, layout: layout, memory: &memory),
      let entries = memory.bytes(at: shape.entries, count: shape.count * shape.entrySize)
    else { return nil }
    pairs = entries.withUnsafeBytes { bytes in
      (0..<shape.count).map { index in
        let entry = index * shape.entrySize
        return (bytes.pointer(entry + shape.keyOffset), bytes.pointer(entry + shape.keyOffset + 8))
      }
    }
    if let splitValues {
      guard let values = memory.bytes(at: splitValues, count: 8 * shape.count) else { return nil }
      values.withUnsafeBytes { bytes in
        for index in pairs.indices { pairs[index].value = bytes.pointer(8 * index) }
      }
    }
    pairs.removeAll { !$0.key.isPlausiblePointer || !$0.value.isPlausiblePointer }
  }

  /// The value under a string key.
  func value(
    for key: StaticString, layout: Layout, memory: inout some RemoteMemory
  ) -> RemoteAddress? {
    for pair in pairs {
      let name = RawString.capture(
        at: pair.key, guess: 16, layout: layout, memory: &memory)
      if let name, name.equals(key) { return pair.value }
    }
    return nil
  }

  /// From 3.13 on four bytes {capacity, size, embedded, valid}, padded, precede the values.
  static func valuesHeader(_ layout: Layout) -> Int { layout.minor >= 13 ? 8 : 0 }
}

/// Where the entries of a `PyDictKeysObject` lie.
private struct Shape {
  var entries: RemoteAddress
  var count: Int
  var entrySize: Int
  /// 8 where the hash precedes the key.
  var keyOffset: Int

  init?(at keys: RemoteAddress, layout: Layout, memory: inout some RemoteMemory) {
    guard let header = memory.bytes(at: keys, count: layout.dict.indices) else { return nil }
    let (size, nentries, log2IndexBytes, kind) = header.withUnsafeBytes {
      ($0.word(8), $0.word(layout.dict.entryCount), $0[9], $0[10])
    }
    guard nentries <= UInt64(DictEntries.countLimit) else { return nil }
    count = Int(nentries)
    let indexBytes: Int
    if layout.minor <= 10 {
      guard size <= UInt64(DictEntries.countLimit) * 4 else { return nil }
      indexBytes = Int(size) * Self.indexCell(size: size)
    } else {
      guard log2IndexBytes < 32, kind <= 2 else { return nil }
      indexBytes = 1 << Int(log2IndexBytes)
    }
    entries = keys + layout.dict.indices + indexBytes
    // Kinds from 3.11 on: 0 general, 1 all keys are strings, 2 the same and split.
    let hasHash = layout.minor <= 10 || kind == 0
    entrySize = hasHash ? 24 : 16
    keyOffset = hasHash ? 8 : 0
  }

  /// Bytes of one index up to 3.10.
  private static func indexCell(size: UInt64) -> Int {
    size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffff_ffff ? 4 : 8
  }
}
