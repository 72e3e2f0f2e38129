public import SampleTypes

extension ThreadReader {
  private static let heapFrameLimit = 512
  /// Two frames this close are read as one range: a range costs more than bytes do.
  private static let mergeDistance = 2048
  private static let mergeWindow = 8

  /// Appends what the next `read` will probably touch: the thread state, the GIL word (up to
  /// 3.11), the collector's state, the data-stack chunks with some slack, and the heap frames seen last time (generators;
  /// up to 3.10 every frame). It depends on the last read only, so it may be called ahead of the
  /// stop. The C stack is not included: the caller copies it anyway, and the activations' structs
  /// lie in it.
  public func prefetchRanges(into ranges: inout [AddressRange]) {
    ranges.append(
      AddressRange(start: threadState.address, end: threadState.address + stateBytes.count))
    if let current = runtime.layout.runtime.currentThreadState {
      let word = runtime.address + current
      ranges.append(AddressRange(start: word, end: word + 8))
    }
    if let collection = collectionRange { ranges.append(collection) }
    dataStack.appendRanges(to: &ranges)
    let firstFrame = ranges.count
    for frame in heapFrames.prefix(Self.heapFrameLimit) {
      let range = AddressRange(
        start: frame + frameRange.lowerBound, end: frame + frameRange.upperBound)
      if !merge(range, into: &ranges, from: firstFrame) { ranges.append(range) }
    }
  }

  /// Widens one of the last few ranges to cover a frame close to it. Frames were mostly allocated
  /// in the order of the chain, so their neighbours were appended shortly before.
  private func merge(
    _ range: AddressRange, into ranges: inout [AddressRange], from first: Int
  ) -> Bool {
    for index in ranges.indices.suffix(Self.mergeWindow).reversed() where index >= first {
      let start = min(ranges[index].start, range.start)
      let end = max(ranges[index].end, range.end)
      guard end - start <= Self.mergeDistance else { continue }
      ranges[index] = AddressRange(start: start, end: end)
      return true
    }
    return false
  }
}
