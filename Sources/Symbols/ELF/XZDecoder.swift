import CElfutils

/// Unpacks one xz stream; nil if it is damaged, needs more than 128 MiB to unpack, or unpacks to more
/// than 64 MiB: the bytes are the target's, and could unpack to anything.
func xzDecoded(_ compressed: UnsafeRawBufferPointer) -> [UInt8]? {
  let outputLimit = 64 << 20
  let memoryLimit: UInt64 = 128 << 20
  // All zero is LZMA_STREAM_INIT (<lzma/base.h>), a macro that Swift does not see.
  var stream = lzma_stream()
  guard lzma_stream_decoder(&stream, memoryLimit, 0) == LZMA_OK else { return nil }
  defer { lzma_end(&stream) }
  stream.next_in = compressed.bindMemory(to: UInt8.self).baseAddress
  stream.avail_in = compressed.count
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let (result, count) = chunk.withUnsafeMutableBufferPointer { buffer in
      stream.next_out = buffer.baseAddress
      stream.avail_out = buffer.count
      let result = lzma_code(&stream, LZMA_FINISH)
      return (result, buffer.count - stream.avail_out)
    }
    output.append(contentsOf: chunk[..<count])
    if result == LZMA_STREAM_END { return output }
    guard result == LZMA_OK, output.count <= outputLimit else { return nil }
  }
}
