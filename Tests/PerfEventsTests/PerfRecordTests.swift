import PerfEvents
import SampleTypes
import Testing

/// Records written byte by byte as perf_event_open(2) lays them out.
@Suite struct PerfRecordTests {
  private struct Bytes {
    var bytes: [UInt8] = []

    mutating func add<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Adds the 8-byte header in front.
    func record(type: UInt32, misc: UInt16 = 0) -> [UInt8] {
      var record = Bytes()
      record.add(type)
      record.add(misc)
      record.add(UInt16(8 + bytes.count))
      return record.bytes + bytes
    }
  }

  private func identity() -> Bytes {
    var body = Bytes()
    body.add(UInt64(0x4000))  // ip
    body.add(Int32(10))  // pid
    body.add(Int32(11))  // tid
    body.add(UInt64(123_456))  // time
    body.add(UInt64(99))  // event
    body.add(UInt32(1))  // cpu
    body.add(UInt32(0))
    return body
  }

  private func kernelSample() -> [UInt8] {
    var body = identity()
    body.add(UInt64(7_000_000))  // count
    body.add(UInt64(2))  // call chain
    body.add(UInt64(0xffff_ffff_8100_0000))
    body.add(UInt64(0xffff_ffff_8200_0000))
    body.add(UInt64(2))  // PERF_SAMPLE_REGS_ABI_64
    for value in 1...17 { body.add(UInt64(value)) }
    body.add(UInt64(16))  // stack: reserved, bytes, copied
    body.add(UInt64(0xaaaa))
    body.add(UInt64(0xbbbb))
    body.add(UInt64(8))
    return body.record(type: 9)
  }

  private func decode(_ bytes: [UInt8], _ kind: EventKind, _ check: (PerfRecord) -> Void) {
    // Rings are 8-byte aligned.
    bytes.withUnsafeBytes { source in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 8)
      defer { copy.deallocate() }
      copy.copyMemory(from: source)
      check(PerfRecord(UnsafeRawBufferPointer(copy), kind: kind))
    }
  }

  @Test func decodesAUserTick() {
    decode(identity().record(type: 9), .userTick) { record in
      guard case .sample(let sample) = record else { return #expect(Bool(false)) }
      #expect(sample.address == 0x4000 && sample.pid == 10 && sample.tid == 11)
      #expect(sample.time == 123_456 && sample.event == 99 && sample.cpu == 1)
      #expect(sample.registers == nil && sample.stack.isEmpty)
    }
  }

  @Test func decodesAKernelTick() {
    decode(kernelSample(), .kernelTick) { record in
      guard case .sample(let sample) = record, let registers = sample.registers else {
        return #expect(Bool(false))
      }
      #expect(sample.count == 7_000_000)
      #expect(Array(sample.kernelChain) == [0xffff_ffff_8100_0000, 0xffff_ffff_8200_0000])
      // The kernel's order: ax bx cx dx si di bp sp ip r8…r15.
      #expect(registers.rax == 1 && registers.rbx == 2 && registers.rcx == 3 && registers.rdx == 4)
      #expect(registers.rsi == 5 && registers.rdi == 6 && registers.rbp == 7)
      #expect(registers.rsp == 8 && registers.rip == 9 && registers.r8 == 10)
      #expect(registers.r15 == 17)
      #expect(Array(sample.stack) == [0xaa, 0xaa, 0, 0, 0, 0, 0, 0])
    }
  }

  @Test func everyTruncationIsHarmless() {
    let whole = kernelSample()
    for count in 0..<whole.count {
      decode(Array(whole[..<count]), .kernelTick) { record in
        guard case .other = record else { return #expect(Bool(false), "\(count) bytes") }
      }
    }
  }

  @Test func absurdCountsAreRefused() {
    var chain = identity()
    chain.add(UInt64.max)
    decode(chain.record(type: 9), .kernelTick) { record in
      guard case .other = record else { return #expect(Bool(false)) }
    }
    var stack = identity()
    stack.add(UInt64(0))
    stack.add(UInt64(0))
    stack.add(UInt64(1) << 62)
    decode(stack.record(type: 9), .kernelTick) { record in
      guard case .other = record else { return #expect(Bool(false)) }
    }
  }

  @Test(arguments: [(UInt16(1 << 13), false), (UInt16(1 << 13 | 1 << 14), true)])
  func decodesSwitches(_ misc: UInt16, _ preempted: Bool) {
    var body = Bytes()
    body.add(UInt64(0))  // pid, tid
    body.add(UInt64(777))  // time
    decode(body.record(type: 14, misc: misc), .contextSwitch(stackBytes: 8192)) { record in
      guard case .switchOut(let time, let wasPreempted) = record else {
        return #expect(Bool(false))
      }
      #expect(time == 777 && wasPreempted == preempted)
    }
    decode(body.record(type: 14), .contextSwitch(stackBytes: 8192)) { record in
      guard case .switchIn(time: 777) = record else { return #expect(Bool(false)) }
    }
  }

  @Test func decodesLoss() {
    var body = Bytes()
    body.add(UInt64(5))
    body.add(UInt64(42))
    decode(body.record(type: 2), .kernelTick) { record in
      guard case .lost(42) = record else { return #expect(Bool(false)) }
    }
  }
}
