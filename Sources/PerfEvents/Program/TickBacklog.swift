import Glibc

/// Records that were taken out of a `TickProgram`'s ring before anybody had time for them, oldest first.
///
/// Only a machine without a free CPU makes one: what is in the kernel's ring cannot grow, and is of memory that
/// cannot be swapped out.
struct TickBacklog: ~Copyable {
  private var chunks: [Chunk] = []
  private var bytes = 0

  private struct Chunk {
    var room: UnsafeMutableRawBufferPointer
    var used = 0
  }

  /// More than the largest record.
  private static let chunkBytes = 4 << 20
  /// There are two of these while one is worked off, and the recorder has to stay below 300 MiB.
  private static let mostBytes = 48 << 20

  deinit {
    for chunk in chunks { chunk.room.deallocate() }
  }

  var isEmpty: Bool { chunks.isEmpty }

  var hasRoom: Bool { bytes < Self.mostBytes }

  /// Keeps a copy. False if there is no room for another one.
  mutating func append(_ record: UnsafeRawBufferPointer) -> Bool {
    let needed = 8 + (record.count + 7) & ~7
    if chunks.last.map({ $0.room.count - $0.used < needed }) ?? true {
      let room = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(Self.chunkBytes, needed), alignment: 8)
      chunks.append(Chunk(room: room))
    }
    let last = chunks.count - 1
    let place = chunks[last].room.baseAddress! + chunks[last].used
    place.storeBytes(of: record.count, as: Int.self)
    if let source = record.baseAddress {
      (place + 8).copyMemory(from: source, byteCount: record.count)
    }
    chunks[last].used += needed
    bytes += needed
    return hasRoom
  }

  /// Calls `body` with each record.
  func visit(_ body: (UnsafeRawBufferPointer) -> Void) {
    for chunk in chunks {
      var offset = 0
      while offset < chunk.used {
        let place = chunk.room.baseAddress! + offset
        let count = place.load(as: Int.self)
        body(UnsafeRawBufferPointer(start: place + 8, count: count))
        offset += 8 + (count + 7) & ~7
      }
    }
  }
}
