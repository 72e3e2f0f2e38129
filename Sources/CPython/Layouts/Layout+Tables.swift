// Written by Scripts/generate-layouts.py. Do not edit.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

extension Layout {
  /// What earlier releases of a minor version have elsewhere: they are before this micro version.
  static let variations: [Variation] = [
    Variation(
      minor: 14, before: 5, shift: -24,
      fields: [
        \.interpreter.modules, \.interpreter.embeddedGil!, \.interpreter.codeObjectGeneration!,
      ])
  ]

  /// Every layout that was measured.
  static let tables: [Layout] = [
    v3_8, v3_9, v3_10, v3_11, v3_12, v3_13, v3_13t, v3_14, v3_14t, v3_15, v3_15t,
  ]

  /// Measured on 3.8.18.
  static let v3_8 = Layout(
    minor: 8, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 32, currentThreadState: 1368, gil: 1152, mainInterpreter: nil, gc: 344),
    interpreter: Interpreter(
      next: 0, threadsHead: 8, threadCounter: 2664, modules: 56, gil: nil, embeddedGil: nil,
      gc: nil, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 176, nativeThreadID: nil, frame: 24,
      cframe: nil, rootCFrame: nil, currentFrame: nil, baseFrame: nil, status: nil, holdsGil: nil,
      gilRequested: nil, state: nil, dataStackChunk: nil, dataStackTop: nil, tracing: 44,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 32, previous: 24, instruction: 104, globals: 48, owner: nil, isEntry: nil,
      execution: 116, threadLocalBytecodeIndex: nil),
    code: Code(
      size: 176, flags: 36, firstLine: 40, fileName: 104, name: 112, qualifiedName: nil,
      lineTable: 120, version: nil, bytecodeObject: 48, bytecode: nil, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 48, compactData: 72, data: 72, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 872),
    dict: Dict(
      keys: 32, values: 40, entryCount: 32, indices: 40),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 120, coroutine: 112),
    generator: Generator(
      qualifiedName: 56),
  )

  /// Measured on 3.9.18.
  static let v3_9 = Layout(
    minor: 9, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 32, currentThreadState: 568, gil: 352, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 0, threadsHead: 8, threadCounter: 3496, modules: 856, gil: nil, embeddedGil: nil,
      gc: 616, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 176, nativeThreadID: nil, frame: 24,
      cframe: nil, rootCFrame: nil, currentFrame: nil, baseFrame: nil, status: nil, holdsGil: nil,
      gilRequested: nil, state: nil, dataStackChunk: nil, dataStackTop: nil, tracing: 44,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 32, previous: 24, instruction: 104, globals: 48, owner: nil, isEntry: nil,
      execution: 116, threadLocalBytecodeIndex: nil),
    code: Code(
      size: 176, flags: 36, firstLine: 40, fileName: 104, name: 112, qualifiedName: nil,
      lineTable: 120, version: nil, bytecodeObject: 48, bytecode: nil, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 48, compactData: 72, data: 72, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 864),
    dict: Dict(
      keys: 32, values: 40, entryCount: 32, indices: 40),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 160, coroutine: 152),
    generator: Generator(
      qualifiedName: 56),
  )

  /// Measured on 3.10.13.
  static let v3_10 = Layout(
    minor: 10, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 32, currentThreadState: 568, gil: 352, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 0, threadsHead: 8, threadCounter: 3448, modules: 856, gil: nil, embeddedGil: nil,
      gc: 616, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 176, nativeThreadID: nil, frame: 24,
      cframe: 48, rootCFrame: 264, currentFrame: nil, baseFrame: nil, status: nil, holdsGil: nil,
      gilRequested: nil, state: nil, dataStackChunk: nil, dataStackTop: nil, tracing: 44,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: nil, previous: 8),
    frame: Frame(
      code: 32, previous: 24, instruction: 96, globals: 48, owner: nil, isEntry: nil, execution: 80,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 176, flags: 36, firstLine: 40, fileName: 104, name: 112, qualifiedName: nil,
      lineTable: 120, version: nil, bytecodeObject: 48, bytecode: nil, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 48, compactData: 72, data: 72, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 872),
    dict: Dict(
      keys: 32, values: 40, entryCount: 32, indices: 40),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 168, coroutine: 160),
    generator: Generator(
      qualifiedName: 48),
  )

  /// Measured on 3.11.7.
  static let v3_11 = Layout(
    minor: 11, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 40, currentThreadState: 576, gil: 360, mainInterpreter: 58936, gc: nil),
    interpreter: Interpreter(
      next: 0, threadsHead: 16, threadCounter: nil, modules: 888, gil: nil, embeddedGil: nil,
      gc: 648, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 152, nativeThreadID: 160, frame: nil,
      cframe: 56, rootCFrame: 336, currentFrame: nil, baseFrame: nil, status: nil, holdsGil: nil,
      gilRequested: nil, state: nil, dataStackChunk: 296, dataStackTop: 304, tracing: 44,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: 8, previous: 16),
    frame: Frame(
      code: 32, previous: 48, instruction: 56, globals: 8, owner: 69, isEntry: 68, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 192, flags: 48, firstLine: 72, fileName: 112, name: 120, qualifiedName: 128,
      lineTable: 136, version: nil, bytecodeObject: nil, bytecode: 184, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 48, compactData: 72, data: 72, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 872),
    dict: Dict(
      keys: 32, values: 40, entryCount: 24, indices: 32),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 144, coroutine: 136),
    generator: Generator(
      qualifiedName: 40),
  )

  /// Measured on 3.12.1.
  static let v3_12 = Layout(
    minor: 12, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 40, currentThreadState: nil, gil: nil, mainInterpreter: 76392, gc: nil),
    interpreter: Interpreter(
      next: 0, threadsHead: 72, threadCounter: nil, modules: 944, gil: 384, embeddedGil: 1040,
      gc: 112, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 136, nativeThreadID: 144, frame: nil,
      cframe: 56, rootCFrame: 272, currentFrame: nil, baseFrame: nil, status: 24, holdsGil: nil,
      gilRequested: nil, state: nil, dataStackChunk: 232, dataStackTop: 240, tracing: 44,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: 0, previous: 8),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 70, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 200, flags: 48, firstLine: 68, fileName: 112, name: 120, qualifiedName: 128,
      lineTable: 136, version: 92, bytecodeObject: nil, bytecode: 192, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 40, compactData: 56, data: 56, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 880),
    dict: Dict(
      keys: 32, values: 40, entryCount: 24, indices: 32),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 144, coroutine: 136),
    generator: Generator(
      qualifiedName: 32),
  )

  /// Measured on 3.13.0.
  static let v3_13 = Layout(
    minor: 13, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 632, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7264, threadsHead: 7344, threadCounter: nil, modules: 7656, gil: 16, embeddedGil: 7752,
      gc: 7400, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 152, nativeThreadID: 160, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: nil, status: 32, holdsGil: nil,
      gilRequested: nil, state: 40, dataStackChunk: 232, dataStackTop: 240, tracing: 60,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 70, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 208, flags: 48, firstLine: 68, fileName: 112, name: 120, qualifiedName: 128,
      lineTable: 136, version: 92, bytecodeObject: nil, bytecode: 200, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 40, compactData: 56, data: 56, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 880),
    dict: Dict(
      keys: 32, values: 40, entryCount: 24, indices: 32),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 128, coroutine: 120),
    generator: Generator(
      qualifiedName: 32),
  )

  /// Measured on 3.13.18t.
  static let v3_13t = Layout(
    minor: 13, isFreeThreaded: true,
    runtime: Runtime(
      interpretersHead: 632, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7264, threadsHead: 7344, threadCounter: nil, modules: 7664, gil: 16, embeddedGil: 7760,
      gc: 7400, codeObjectGeneration: nil),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 152, nativeThreadID: 160, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: nil, status: 32, holdsGil: nil,
      gilRequested: nil, state: 40, dataStackChunk: 232, dataStackTop: 240, tracing: 60,
      runningTask: nil),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 70, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 224, flags: 64, firstLine: 84, fileName: 128, name: 136, qualifiedName: 144,
      lineTable: 152, version: 108, bytecodeObject: nil, bytecode: 216, threadLocalBytecode: nil),
    object: Object(
      type: 24, size: 32, bytesData: 48, moduleDict: 32, longTag: 32, longDigits: 40),
    unicode: Unicode(
      length: 32, state: 48, asciiData: 56, compactData: 72, data: 72, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 40, basicSize: 48, flags: 184, dictOffset: 304, cachedKeys: 896),
    dict: Dict(
      keys: 48, values: 56, entryCount: 24, indices: 32),
    gil: Gil(
      size: 216, locked: 24, lastHolder: 16),
    gc: Gc(
      collecting: 200, frame: nil),
    task: Task(
      name: 144, coroutine: 136),
    generator: Generator(
      qualifiedName: 48),
  )

  /// Measured on 3.14.10.
  static let v3_14 = Layout(
    minor: 14, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 808, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7272, threadsHead: 7344, threadCounter: nil, modules: 7688, gil: 16, embeddedGil: 7784,
      gc: 7408, codeObjectGeneration: 7992),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 152, nativeThreadID: 160, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: nil, status: 32, holdsGil: 36,
      gilRequested: nil, state: 44, dataStackChunk: 232, dataStackTop: 240, tracing: 60,
      runningTask: 872),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 74, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 216, flags: 48, firstLine: 68, fileName: 112, name: 120, qualifiedName: 128,
      lineTable: 136, version: 92, bytecodeObject: nil, bytecode: 208, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 40, compactData: 56, data: 56, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 880),
    dict: Dict(
      keys: 32, values: 40, entryCount: 24, indices: 32),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 192, frame: nil),
    task: Task(
      name: 136, coroutine: 128),
    generator: Generator(
      qualifiedName: 32),
  )

  /// Measured on 3.14.10t.
  static let v3_14t = Layout(
    minor: 14, isFreeThreaded: true,
    runtime: Runtime(
      interpretersHead: 808, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7272, threadsHead: 7344, threadCounter: nil, modules: 7712, gil: 16, embeddedGil: 7808,
      gc: 7408, codeObjectGeneration: 8024),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 152, nativeThreadID: 160, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: nil, status: 32, holdsGil: 36,
      gilRequested: nil, state: 44, dataStackChunk: 232, dataStackTop: 240, tracing: 60,
      runningTask: 872),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 78, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: 72),
    code: Code(
      size: 240, flags: 64, firstLine: 84, fileName: 128, name: 136, qualifiedName: 144,
      lineTable: 152, version: 108, bytecodeObject: nil, bytecode: 232, threadLocalBytecode: 224),
    object: Object(
      type: 24, size: 32, bytesData: 48, moduleDict: 32, longTag: 32, longDigits: 40),
    unicode: Unicode(
      length: 32, state: 48, asciiData: 56, compactData: 72, data: 72, kindBit: 8, compactBit: 11,
      asciiBit: 12),
    type: TypeObject(
      name: 40, basicSize: 48, flags: 184, dictOffset: 304, cachedKeys: 896),
    dict: Dict(
      keys: 48, values: 56, entryCount: 24, indices: 32),
    gil: Gil(
      size: 216, locked: 24, lastHolder: 16),
    gc: Gc(
      collecting: 192, frame: nil),
    task: Task(
      name: 152, coroutine: 144),
    generator: Generator(
      qualifiedName: 48),
  )

  /// Measured on 3.15.2.
  static let v3_15 = Layout(
    minor: 15, isFreeThreaded: false,
    runtime: Runtime(
      interpretersHead: 936, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7264, threadsHead: 7336, threadCounter: nil, modules: 7592, gil: 16, embeddedGil: 7736,
      gc: 7400, codeObjectGeneration: 7944),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 176, nativeThreadID: 184, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: 80, status: 32, holdsGil: 36,
      gilRequested: 40, state: 48, dataStackChunk: 256, dataStackTop: 264, tracing: 64,
      runningTask: 1032),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 74, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: nil),
    code: Code(
      size: 216, flags: 48, firstLine: 68, fileName: 112, name: 120, qualifiedName: 128,
      lineTable: 136, version: 92, bytecodeObject: nil, bytecode: 208, threadLocalBytecode: nil),
    object: Object(
      type: 8, size: 16, bytesData: 32, moduleDict: 16, longTag: 16, longDigits: 24),
    unicode: Unicode(
      length: 16, state: 32, asciiData: 40, compactData: 56, data: 56, kindBit: 2, compactBit: 5,
      asciiBit: 6),
    type: TypeObject(
      name: 24, basicSize: 32, flags: 168, dictOffset: 288, cachedKeys: 888),
    dict: Dict(
      keys: 32, values: 40, entryCount: 24, indices: 32),
    gil: Gil(
      size: 208, locked: 16, lastHolder: 8),
    gc: Gc(
      collecting: 112, frame: 120),
    task: Task(
      name: 136, coroutine: 128),
    generator: Generator(
      qualifiedName: 32),
  )

  /// Measured on 3.15.2t.
  static let v3_15t = Layout(
    minor: 15, isFreeThreaded: true,
    runtime: Runtime(
      interpretersHead: 936, currentThreadState: nil, gil: nil, mainInterpreter: nil, gc: nil),
    interpreter: Interpreter(
      next: 7264, threadsHead: 7336, threadCounter: nil, modules: 7592, gil: 16, embeddedGil: 7736,
      gc: 7400, codeObjectGeneration: 7952),
    threadState: ThreadState(
      previous: 0, next: 8, interpreter: 16, threadID: 176, nativeThreadID: 184, frame: nil,
      cframe: nil, rootCFrame: nil, currentFrame: 72, baseFrame: 80, status: 32, holdsGil: 36,
      gilRequested: 40, state: 48, dataStackChunk: 256, dataStackTop: 264, tracing: 64,
      runningTask: 1032),
    cframe: CFrame(
      currentFrame: nil, previous: nil),
    frame: Frame(
      code: 0, previous: 8, instruction: 56, globals: 24, owner: 78, isEntry: nil, execution: nil,
      threadLocalBytecodeIndex: 72),
    code: Code(
      size: 240, flags: 64, firstLine: 84, fileName: 128, name: 136, qualifiedName: 144,
      lineTable: 152, version: 108, bytecodeObject: nil, bytecode: 232, threadLocalBytecode: 224),
    object: Object(
      type: 24, size: 32, bytesData: 48, moduleDict: 32, longTag: 32, longDigits: 40),
    unicode: Unicode(
      length: 32, state: 48, asciiData: 56, compactData: 72, data: 72, kindBit: 8, compactBit: 11,
      asciiBit: 12),
    type: TypeObject(
      name: 40, basicSize: 48, flags: 184, dictOffset: 304, cachedKeys: 904),
    dict: Dict(
      keys: 48, values: 56, entryCount: 24, indices: 32),
    gil: Gil(
      size: 216, locked: 24, lastHolder: 16),
    gc: Gc(
      collecting: 112, frame: 120),
    task: Task(
      name: 152, coroutine: 144),
    generator: Generator(
      qualifiedName: 48),
  )
}
