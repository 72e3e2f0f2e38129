import SampleTypes
import Support
import Testing

@testable import CPython

/// Frames in the chunks of a data stack, made by hand.
@Suite struct DataStackTests {
  private static let chunks = (0..<3).map { RemoteAddress(0x4000_0000 + 0x10_0000 * UInt64($0)) }

  /// Three chunks, oldest first in memory, with `frames` frames of 160 bytes each; every
  /// frame of the oldest and the middle one was pushed before the innermost chunk was.
  private func python(minor: Int, frames: Int, oldestSize: Int = DataStack.chunkSize) -> FakePython
  {
    var python = FakePython(minor: minor)
    let entry = python.frame(at: python.allocateOnStack(), owner: 3)
    var previous = minor == 11 ? .null : entry
    for (index, chunk) in Self.chunks.enumerated() {
      let size = index == 0 ? oldestSize : DataStack.chunkSize
      python.chunk(
        at: chunk, previous: index == 0 ? .null : Self.chunks[index - 1], size: size,
        top: 20 * frames)
      for frame in 0..<frames {
        let isFirst = index == 0 && frame == 0
        previous = python.frame(
          at: chunk + 24 + 160 * frame, previous: previous, isEntry: isFirst)
      }
    }
    FrameChainTests.setHead(previous, in: &python)
    let layout = python.layout.threadState
    python.setState(layout.dataStackChunk, Self.chunks[2])
    python.setState(layout.dataStackTop, Self.chunks[2] + 24 + 160 * frames)
    return python
  }

  @Test(arguments: PythonVersion.minors(from: 11))
  func aChunkIsReadAtOnce(_ minor: Int) {
    var python = python(minor: minor, frames: 60)
    python.memory.isLogging = true
    var reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    var stack = PythonStack()
    _ = reader.read(memory: &python.memory, into: &stack)
    #expect(stack.outcome == .complete && stack.frames.count == 180)
    // The thread state, three chunks; then a frame or struct on the C stack, the GIL word.
    #expect(python.memory.log.count <= 8)

    var ranges: [AddressRange] = []
    reader.prefetchRanges(into: &ranges)
    #expect(Self.chunks.allSatisfy { chunk in ranges.contains { $0.start == chunk } })
    let onlyChunks = ranges.filter { $0.start >= Self.chunks[0] }
    #expect(onlyChunks.count == 3)
    #expect(onlyChunks.allSatisfy { $0.count <= DataStack.chunkSize })
  }

  @Test func moreOfALargeOldChunkIsReadOnDemand() {
    // 240 frames of 160 bytes need more than the usual chunk size in the oldest chunk.
    var python = FakePython(minor: 13)
    let entry = python.frame(at: python.allocateOnStack(), owner: 3)
    let (old, new) = (Self.chunks[0], Self.chunks[1])
    python.chunk(at: old, previous: .null, size: 65_536, top: 20 * 240)
    python.chunk(at: new, previous: old, top: 0)
    var previous = entry
    for index in 0..<240 { previous = python.frame(at: old + 24 + 160 * index, previous: previous) }
    python.setState(python.layout.threadState.currentFrame, previous)
    python.setState(python.layout.threadState.dataStackChunk, new)
    python.setState(python.layout.threadState.dataStackTop, new + 24)
    var reader = ThreadReader(runtime: python.runtime, threadState: python.threadState)
    #expect(python.read(&reader).1.frames.count == 240)
    python.memory.isLogging = true
    var stack = PythonStack()
    _ = reader.read(memory: &python.memory, into: &stack)
    #expect(stack.frames.count == 240)
    #expect(python.memory.log.count < 200)
  }

  @Test(arguments: PythonVersion.minors(from: 11))
  func aTopInAnotherChunkIsNotBelieved(_ minor: Int) {
    var python = python(minor: minor, frames: 20)
    python.setState(python.layout.threadState.dataStackTop, Self.chunks[0])
    #expect(python.read().1.frames.count == 60)
    python.setState(python.layout.threadState.dataStackTop, RemoteAddress(.max))
    #expect(python.read().1.frames.count == 60)
    python.setState(python.layout.threadState.dataStackChunk, RemoteAddress(0x13))
    #expect(python.read().1.frames.count == 60)
  }

  @Test func chunksThatLinkToThemselvesEnd() {
    var python = python(minor: 12, frames: 20)
    python.memory.store(Self.chunks[2], at: Self.chunks[2])
    let stack = python.read().1
    #expect(stack.outcome == .complete && stack.frames.count == 60)
  }
}
