/// Where the fields of CPython's structures lie in one minor version: byte offsets from the start
/// of each structure, sizes in bytes.
///
/// A field that a version does not have is nil. The values come from `Layout+Tables.swift`, which
/// `Scripts/generate-layouts.py` writes from offsets measured with the real headers; from 3.13 on
/// the target's own `_Py_DebugOffsets` takes precedence where it covers a field.
public struct Layout: Hashable, Sendable {
  /// Minor version: 12 for 3.12.
  public var minor: Int
  public var isFreeThreaded: Bool
  public var runtime: Runtime
  public var interpreter: Interpreter
  public var threadState: ThreadState
  public var cframe: CFrame
  public var frame: Frame
  public var code: Code
  public var object: Object
  public var unicode: Unicode
  public var type: TypeObject
  public var dict: Dict
  public var gil: Gil
  public var gc: Gc
  public var task: Task
  public var generator: Generator

  /// `_PyRuntimeState`.
  public struct Runtime: Hashable, Sendable {
    public var interpretersHead: Int
    /// `gilstate.tstate_current`, the holder of the GIL, up to 3.11.
    public var currentThreadState: Int?
    /// The embedded `_gil_runtime_state`, up to 3.11.
    public var gil: Int?
    /// The embedded `_main_interpreter`, 3.11 and 3.12; it is elsewhere before, and later not at
    /// one place within a minor version.
    public var mainInterpreter: Int?
    /// The embedded `_gc_runtime_state`, 3.8 only.
    public var gc: Int?
  }

  /// `PyInterpreterState`.
  public struct Interpreter: Hashable, Sendable {
    public var next: Int
    public var threadsHead: Int
    /// `tstate_next_unique_id`, up to 3.10; from 3.11 on it precedes the list's head
    /// (`struct pythreads`, pycore_interp.h).
    public var threadCounter: Int?
    /// `sys.modules`.
    public var modules: Int
    /// Pointer to the GIL that this interpreter uses, from 3.12 on.
    public var gil: Int?
    /// The embedded `_gil_runtime_state`, from 3.12 on; the main interpreter uses its own.
    public var embeddedGil: Int?
    /// The embedded `_gc_runtime_state`, from 3.9 on.
    public var gc: Int?
    /// Counts destroyed code objects, from 3.14 on.
    public var codeObjectGeneration: Int?
  }

  /// `PyThreadState`.
  public struct ThreadState: Hashable, Sendable {
    /// The newer one of the same interpreter.
    public var previous: Int
    public var next: Int
    public var interpreter: Int
    public var threadID: Int
    public var nativeThreadID: Int?
    /// The innermost `PyFrameObject`, up to 3.10.
    public var frame: Int?
    /// The innermost `CFrame`/`_PyCFrame`, 3.10 to 3.12.
    public var cframe: Int?
    /// The embedded outermost `CFrame`, which belongs to no activation, 3.10 to 3.12.
    public var rootCFrame: Int?
    /// The innermost `_PyInterpreterFrame`, from 3.13 on.
    public var currentFrame: Int?
    /// Pointer to the frame that ends every chain, from 3.15 on.
    public var baseFrame: Int?
    /// A word of bits, from 3.12 on.
    public var status: Int?
    /// An int, from 3.14 on; before, a bit of `status`.
    public var holdsGil: Int?
    /// An int, from 3.15 on.
    public var gilRequested: Int?
    /// An int: 0 detached, 1 attached, 2 suspended; from 3.13 on.
    public var state: Int?
    /// The innermost data-stack chunk, from 3.11 on.
    public var dataStackChunk: Int?
    public var dataStackTop: Int?
    /// An int: how many trace and profile functions the thread is in.
    public var tracing: Int
    /// The asyncio task that the thread runs (`_PyThreadStateImpl`), from 3.14 on.
    public var runningTask: Int?
  }

  /// `CFrame` (3.10), `_PyCFrame` (3.11, 3.12).
  public struct CFrame: Hashable, Sendable {
    public var currentFrame: Int?
    public var previous: Int?
  }

  /// `PyFrameObject` up to 3.10, then `_PyInterpreterFrame`.
  public struct Frame: Hashable, Sendable {
    public var code: Int
    public var previous: Int
    /// `f_lasti` (an int) up to 3.10, then a pointer into the bytecode.
    public var instruction: Int
    public var globals: Int
    public var owner: Int?
    /// 3.11 only.
    public var isEntry: Int?
    /// Up to 3.9 `f_executing`, a byte; in 3.10 `f_stackdepth`, an int that is negative while an eval loop
    /// runs the frame (`f_state` says so of a generator that hands on an exception, too).
    public var execution: Int?
    /// Index of the thread's copy of the bytecode, free-threaded builds from 3.14 on.
    public var threadLocalBytecodeIndex: Int?
  }

  /// `PyCodeObject`.
  public struct Code: Hashable, Sendable {
    public var size: Int
    public var flags: Int
    public var firstLine: Int
    public var fileName: Int
    public var name: Int
    public var qualifiedName: Int?
    /// `co_lnotab` up to 3.9, then `co_linetable`.
    public var lineTable: Int
    /// Distinguishes code objects of one interpreter, from 3.12 on.
    public var version: Int?
    /// `co_code`, a bytes object, up to 3.10.
    public var bytecodeObject: Int?
    /// The bytecode at the end of the object, from 3.11 on.
    public var bytecode: Int?
    /// Per-thread copies of the bytecode, free-threaded builds from 3.14 on.
    public var threadLocalBytecode: Int?
  }

  /// `PyObject`, `PyVarObject`, and the fields of small object types.
  public struct Object: Hashable, Sendable {
    public var type: Int
    /// `ob_size` of tuples, bytes and, from 3.11 on, of code objects (there: code units).
    public var size: Int
    public var bytesData: Int
    public var moduleDict: Int
    /// `ob_size` up to 3.11, then `lv_tag`.
    public var longTag: Int
    public var longDigits: Int
  }

  /// `PyASCIIObject`, `PyCompactUnicodeObject`, `PyUnicodeObject`.
  public struct Unicode: Hashable, Sendable {
    public var length: Int
    public var state: Int
    /// Where the characters of a compact ASCII string start.
    public var asciiData: Int
    /// Where the characters of any other compact string start.
    public var compactData: Int
    /// Pointer to the characters of a string that is not compact.
    public var data: Int
    /// Bit positions in the state word; `kind` is three bits wide.
    public var kindBit: Int
    public var compactBit: Int
    public var asciiBit: Int
  }

  /// `PyTypeObject`, `PyHeapTypeObject`.
  public struct TypeObject: Hashable, Sendable {
    public var name: Int
    public var basicSize: Int
    public var flags: Int
    public var dictOffset: Int
    public var cachedKeys: Int
  }

  /// `PyDictObject`, `PyDictKeysObject`.
  public struct Dict: Hashable, Sendable {
    public var keys: Int
    public var values: Int
    public var entryCount: Int
    /// Where the index cells start; the entries follow them.
    public var indices: Int
  }

  /// `struct _gil_runtime_state`.
  public struct Gil: Hashable, Sendable {
    public var size: Int
    public var locked: Int
    public var lastHolder: Int
  }

  /// `struct _gc_runtime_state`.
  public struct Gc: Hashable, Sendable {
    /// An int, 1 during a collection.
    public var collecting: Int
    /// The `_PyInterpreterFrame` that made the collection happen, from 3.15 on.
    public var frame: Int?
  }

  /// `TaskObj` of `Modules/_asynciomodule.c`.
  public struct Task: Hashable, Sendable {
    /// A `str` or, from 3.12 on while nobody has asked for it, the number of a default name.
    public var name: Int
    public var coroutine: Int
  }

  /// `PyGenObject`, `PyCoroObject`, `PyAsyncGenObject`.
  public struct Generator: Hashable, Sendable {
    public var qualifiedName: Int
  }
}

extension Layout {
  /// `tstate->_status.active` (bit number), the same in 3.12 to 3.15.
  static let statusActiveBit: UInt32 = 4

  /// `stack_chunk.data`: what precedes it is the header {previous, size, top}, 3.11 to 3.15.
  static let chunkHeaderSize = 24

  /// True where a thread state of a sub-interpreter may run on another thread than its id says
  /// (ThreadStateDirectory+Wanderers.swift).
  public var statesWander: Bool { minor <= 12 }

  /// Measured layout of a version, or nil for one that is not supported.
  public static func table(for version: PythonVersion, freeThreaded: Bool = false) -> Layout? {
    guard version.major == 3,
      let layout = tables.first(where: {
        $0.minor == version.minor && $0.isFreeThreaded == freeThreaded
      })
    else { return nil }
    let variation = variations.first {
      $0.minor == version.minor && version.micro < $0.before && !freeThreaded
    }
    return variation?.applied(to: layout) ?? layout
  }

  /// What the first releases of a minor version have at other places than the later one that was measured.
  struct Variation: Sendable {
    var minor: Int
    /// The first micro version that is as measured.
    var before: Int
    /// In bytes.
    var shift: Int
    var fields: [any WritableKeyPath<Layout, Int> & Sendable]

    func applied(to layout: Layout) -> Layout {
      var layout = layout
      for field in fields { layout[keyPath: field] += shift }
      return layout
    }
  }
}
