/// Numbers distinct values in the order in which they first came.
struct InternTable<Value: Hashable> {
  private var indexes: [Value: Int32] = [:]

  var count: Int32 { Int32(truncatingIfNeeded: indexes.count) }

  func contains(_ value: Value) -> Bool { indexes[value] != nil }

  /// The number of `value`; `store` runs if it is new.
  mutating func index(of value: Value, whenNew store: () -> Void) -> Int32 {
    if let known = indexes[value] { return known }
    let new = count
    indexes[value] = new
    store()
    return new
  }
}
