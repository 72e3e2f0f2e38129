import SampleTypes

/// What a process knew of its code objects when it forked: shared by it and all of its children, for it may
/// be much, and they may be many.
///
/// In layers, the newest first: a server that forks again and again adds to what it has shared already
/// only what it has learnt since.
struct InheritedCode {
  private typealias Layer = [RemoteAddress: CodeObjectTable.Entry]

  private var layers: [Layer] = []
  /// Addresses that hold something else by now, in this process.
  private var removed: Set<RemoteAddress> = []
  /// More would make looking up slow.
  private static let mostLayers = 8
  /// More is forgotten but for what is newest.
  private static let mostEntries = 1 << 17

  var layerCount: Int { layers.count }

  /// Unchecked, as far as this process is concerned.
  subscript(address: RemoteAddress) -> CodeObjectTable.Entry? {
    guard !layers.isEmpty, !removed.contains(address) else { return nil }
    for layer in layers {
      guard var entry = layer[address] else { continue }
      (entry.checkedPass, entry.foundPass, entry.comparedPass) = (-1, -1, -1)
      return entry
    }
    return nil
  }

  mutating func remove(_ address: RemoteAddress) {
    if self[address] != nil { removed.insert(address) }
  }

  /// Adds what was found out since.
  mutating func add(_ entries: [RemoteAddress: CodeObjectTable.Entry]) {
    let new = entries.filter { self[$0.key]?.number != $0.value.number }
    guard !new.isEmpty || !removed.isEmpty else { return }
    layers.insert(new, at: 0)
    if layers.count > Self.mostLayers || !removed.isEmpty { merge() }
  }

  private mutating func merge() {
    var whole = Layer()
    for layer in layers.reversed() { whole.merge(layer) { _, newer in newer } }
    for address in removed where layers[0][address] == nil { whole[address] = nil }
    removed = []
    layers = [whole.count <= Self.mostEntries ? whole : layers[0]]
  }
}
