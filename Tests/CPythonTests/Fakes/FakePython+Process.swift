import SampleTypes
import Support

@testable import CPython

extension FakePython {
  /// Everything that the reader reads of a process: a thread in three activations of seven frames,
  /// with data-stack chunks and a generator where the version has them, named code objects with line
  /// tables, a GIL that is held, a collection, `threading._active` and a running task.
  static func process(
    minor: Int, freeThreaded: Bool = false, hexVersion: UInt64? = nil
  ) -> FakePython {
    var python = FakePython(minor: minor, freeThreaded: freeThreaded)
    python.nameCodeType()
    if minor >= 13 {
      let table = [UInt8].table(
        python.layout, python.runtime.version, freeThreaded: freeThreaded)
      python.memory.store(table, at: python.runtime.address)
    }
    python.linkGil()
    if minor <= 10 { python.linkFrameObjects() } else { python.linkInterpreterFrames() }
    python.linkModules(hexVersion ?? UInt64(3 << 24 | minor << 16 | 1 << 8 | 0xf0))
    return python
  }

  private mutating func nameCodeType() {
    let name = allocate(64)
    memory.store(Array("code".utf8), at: name)
    memory.store([UInt8](repeating: 0, count: 512), at: codeType)
    memory.store(name, at: codeType + layout.type.name)
  }

  private mutating func linkGil() {
    if let field = layout.runtime.currentThreadState {
      memory.store(state, at: runtime.address + field)
    }
    if let pointer = layout.interpreter.gil, let gil = layout.interpreter.embeddedGil {
      memory.store(interpreter + gil, at: interpreter + pointer)
    }
    if let field = layout.threadState.status { setState(field, UInt32.max) }
    if let field = layout.threadState.holdsGil { setState(field, UInt32(1)) }
    if let field = layout.threadState.state { setState(field, UInt32(1)) }
    let collector =
      layout.interpreter.gc.map { interpreter + $0 } ?? runtime.address + (layout.runtime.gc ?? 0)
    memory.store(UInt32(1), at: collector + layout.gc.collecting)
  }

  private mutating func linkFrameObjects() {
    var frame = RemoteAddress.null
    for depth in 0..<7 { frame = named(self.frame(previous: frame), depth) }
    setState(layout.threadState.frame, frame)
    guard let field = layout.threadState.cframe else { return }
    let cframes = (0..<7).map { _ in allocateOnStack() }
    let root = state + layout.threadState.rootCFrame!
    for (cframe, outer) in zip(cframes, cframes.dropFirst() + [root]) {
      memory.store(outer, at: cframe + layout.cframe.previous!)
    }
    setState(field, cframes[0])
  }

  private mutating func linkInterpreterFrames() {
    let chunks = [RemoteAddress(0x4000_0000), RemoteAddress(0x4010_0000)]
    for (index, chunk) in chunks.enumerated() {
      self.chunk(at: chunk, previous: index == 0 ? .null : chunks[0], size: 4096, top: 160)
    }
    setState(layout.threadState.dataStackChunk, chunks[1])
    setState(layout.threadState.dataStackTop, chunks[1] + 24 + 8 * 160)
    let keys = (0..<3).map { _ in allocateOnStack() }
    let base = layout.threadState.baseFrame.map { _ in allocate() }
    if let field = layout.threadState.baseFrame { setState(field, base!) }
    var previous = base ?? .null
    var heads: [RemoteAddress] = []
    var depth = 0
    for (group, count) in [2, 2, 3].enumerated() {
      if layout.minor >= 12 { previous = frame(at: keys[2 - group], previous: previous, owner: 3) }
      for index in 0..<count {
        let isGenerator = group == 2 && index == 1
        let place = chunks[group == 0 ? 0 : 1] + 24 + 160 * depth
        previous = named(
          frame(
            at: isGenerator ? nil : place, previous: previous, owner: isGenerator ? 1 : 0,
            isEntry: index == 0), depth)
        depth += 1
      }
      heads.insert(previous, at: 0)
    }
    if let field = layout.threadState.currentFrame {
      setState(field, previous)
    } else {
      linkCFrames(keys, heads)
    }
  }

  private mutating func linkCFrames(_ keys: [RemoteAddress], _ heads: [RemoteAddress]) {
    // 3.12 has both structs in one C frame, at a constant distance.
    let cframes = layout.minor == 12 ? keys.map { $0 + 104 } : keys
    let root = state + layout.threadState.rootCFrame!
    for (index, cframe) in cframes.enumerated() {
      memory.store(heads[index], at: cframe + layout.cframe.currentFrame!)
      let outer = index == 2 ? root : cframes[index + 1]
      memory.store(outer, at: cframe + layout.cframe.previous!)
    }
    setState(layout.threadState.cframe, cframes[0])
  }

  /// Gives the code object of a frame a name, a file and lines; where threads have copies of the
  /// bytecode, the frame runs one.
  private mutating func named(_ frame: RemoteAddress, _ depth: Int) -> RemoteAddress {
    let code = memory.pointer(at: frame + layout.frame.code)!
    let name = string("function\(depth)")
    memory.store(name, at: code + layout.code.name)
    if let field = layout.code.qualifiedName { memory.store(name, at: code + field) }
    memory.store(string("/srv/program.py"), at: code + layout.code.fileName)
    memory.store(bytesObject([0x80 | 1, 0, 0x83, 2, 4, 1]), at: code + layout.code.lineTable)
    memory.store(UInt32(10 + depth), at: code + layout.code.firstLine)
    memory.store(UInt64(64), at: code + layout.object.size)
    if let field = layout.code.bytecodeObject {
      memory.store(bytesObject([UInt8](repeating: 9, count: 64)), at: code + field)
    }
    if let index = layout.frame.threadLocalBytecodeIndex {
      let (array, copy) = (allocate(), allocate())
      memory.store(array, at: code + layout.code.threadLocalBytecode!)
      memory.store(UInt64(2), at: array)
      memory.store(copy, at: array + 8 + 8)
      memory.store(copy + 4, at: frame + layout.frame.instruction)
      memory.store(Int32(1), at: frame + index)
    }
    return frame
  }

  // MARK: sys, threading._active, asyncio.tasks

  private mutating func linkModules(_ hexVersion: UInt64) {
    let sys = allocate()
    memory.store(
      dict([(string("hexversion"), integer(hexVersion))]), at: sys + layout.object.moduleDict)
    let thread = instance(["_name": string("worker-1")])
    let active = dict([(integer(Self.threadID), thread)])
    let module = allocate()
    memory.store(dict([(string("_active"), active)]), at: module + layout.object.moduleDict)
    let modules = dict([
      (string("sys"), sys), (string("threading"), module),
      (string("asyncio.tasks"), taskModule()),
    ])
    memory.store(modules, at: interpreter + layout.interpreter.modules)
  }

  /// `asyncio.tasks`, whose `_current_tasks` has a loop of the thread; from 3.14 on the thread state has the
  /// task.
  private mutating func taskModule() -> RemoteAddress {
    let (type, task, name) = (allocate(), allocate(), string("fetch"))
    keepAlive(task)
    memory.store(UInt64(256), at: type + layout.type.basicSize)
    memory.store(type, at: task + layout.object.type)
    memory.store(name, at: task + layout.task.name)
    if let field = layout.threadState.runningTask { setState(field, task) }
    let loop = instance(["_thread_id": integer(Self.threadID)])
    let module = allocate()
    memory.store(
      dict([(string("_current_tasks"), dict([(loop, task)]))]),
      at: module + layout.object.moduleDict)
    return module
  }

  /// A dict whose keys have their hashes beside them.
  private mutating func dict(_ pairs: [(RemoteAddress, RemoteAddress)]) -> RemoteAddress {
    let (dict, keys) = (allocate(), allocate())
    memory.store(keys, at: dict + layout.dict.keys)
    memory.store(UInt64(pairs.count), at: keys + layout.dict.entryCount)
    // Eight cells of one byte: their number up to 3.10, then its logarithms and the kind.
    let indexBytes: [UInt8] = layout.minor <= 10 ? [8, 0, 0, 0] : [3, 3, 0, 0]
    memory.store(indexBytes, at: keys + 8)
    for (index, pair) in pairs.enumerated() {
      let entry = keys + layout.dict.indices + 8 + 24 * index
      memory.store(pair.0, at: entry + 8)
      memory.store(pair.1, at: entry + 16)
    }
    return dict
  }

  private mutating func integer(_ value: UInt64) -> RemoteAddress {
    let object = allocate()
    let digits = [value & 0x3fff_ffff, value >> 30 & 0x3fff_ffff, value >> 60]
    let tag = layout.minor >= 12 ? digits.count << 3 : digits.count
    memory.store(UInt64(tag), at: object + layout.object.longTag)
    for (index, digit) in digits.enumerated() {
      memory.store(UInt32(digit), at: object + layout.object.longDigits + 4 * index)
    }
    return object
  }

  /// An object with a `__dict__`.
  private mutating func instance(_ attributes: [String: RemoteAddress]) -> RemoteAddress {
    let (type, object) = (allocate(1024), allocate())
    keepAlive(object)
    memory.store(UInt64(64), at: type + layout.type.dictOffset)
    memory.store(type, at: object + layout.object.type)
    var pairs: [(RemoteAddress, RemoteAddress)] = []
    for attribute in attributes { pairs.append((string(attribute.key), attribute.value)) }
    memory.store(dict(pairs), at: object + 64)
    return object
  }
}
