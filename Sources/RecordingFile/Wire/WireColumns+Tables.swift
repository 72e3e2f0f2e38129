import ProfileModel

extension WireModuleColumns {
  mutating func append(path: UInt32, buildID: UInt32) {
    self.path.append(path)
    self.buildID.append(buildID)
  }
}

extension WireFunctionColumns {
  mutating func append(_ function: Function, name: UInt32, file: UInt32) {
    traits.append(UInt32(function.kind.rawValue) | (function.isPlumbing ? 4 : 0))
    self.name.append(name)
    self.file.append(file)
    line.append(UInt32(max(function.line, 0)))
    module.append(UInt32(function.module + 1))
  }
}

extension WireFrameColumns {
  init(_ frames: [Frame]) {
    var last: UInt64 = 0
    for frame in frames {
      function.append(UInt64(frame.function) << 1 | (frame.isInlined ? 1 : 0))
      line.append(UInt32(max(frame.line, 0)))
      address.append(Int64(bitPattern: frame.address &- last))
      last = frame.address
    }
  }
}

extension WireStackColumns {
  /// `firstIndex` is the index of `stacks[0]` over the whole file.
  init(_ stacks: [StackNode], firstIndex: Int) {
    for (index, stack) in stacks.enumerated() {
      parent.append(UInt32(firstIndex + index - Int(stack.parent)))
      frame.append(UInt32(stack.frame))
    }
  }
}
