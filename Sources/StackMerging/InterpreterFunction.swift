/// What a native function of the interpreter is to a profile, told by its symbol.
public enum InterpreterFunction: Hashable, Sendable {
  /// `_PyEval_EvalFrameDefault`: each of its frames runs Python frames.
  case evalLoop
  /// Call glue that says nothing to a reader: folded away unless asked for.
  case plumbing
  /// Anything else.
  case other

  /// Classifies a symbol name. Suffixes that compilers add to parts and clones of a function
  /// (`.cold`, `.constprop.0`, `.lto_priv.0`…) do not matter.
  public init(symbol: String) {
    let name = Self.withoutCloneSuffixes(symbol[...])
    if name == "_PyEval_EvalFrameDefault" {
      self = .evalLoop
    } else if Self.glue.contains(name) || Self.gluePrefixes.contains(where: name.hasPrefix) {
      self = .plumbing
    } else {
      self = .other
    }
  }

  /// The functions in which a garbage collection happens; each version has some of them. They are
  /// static, so that only builds with a full symbol table name them.
  public static let collectors = [
    "gc_collect_main", "collect_main", "collect", "gc_collect_internal", "gc_collect_young",
    "gc_collect_increment", "gc_collect_full", "gc_collect_region",
  ]

  /// Collects itself in 3.14.0 to 3.14.4 (`gc_collect_full` is inlined there), calls a collector
  /// elsewhere. Stripped builds name it too, of which it tells nothing: not every collection goes through.
  private static let exportedCollector = "_PyGC_Collect"

  /// True for a function of the interpreter's own module in which a garbage collection happens.
  public static func isCollector(symbol: String) -> Bool {
    let name = withoutCloneSuffixes(symbol[...])
    return name == exportedCollector[...] || collectors.contains { name == $0[...] }
  }

  /// Drops a chain of `.cold`, `.part.N`, `.constprop.N`, `.isra.N`, `.lto_priv.N`, `.llvm.N`.
  static func withoutCloneSuffixes(_ symbol: Substring) -> Substring {
    guard let dot = symbol.firstIndex(of: "."), dot != symbol.startIndex else { return symbol }
    let suffixes = symbol[symbol.index(after: dot)...].split(separator: ".")
    let known: Set<Substring> = ["cold", "part", "constprop", "isra", "lto_priv", "llvm"]
    let isClone = suffixes.allSatisfy { known.contains($0) || $0.allSatisfy(\.isNumber) }
    return isClone ? symbol[..<dot] : symbol
  }

  /// Seen on real stacks of CPython 3.6–3.15. What does work of its own (`builtin_*`, `slot_*` but
  /// `slot_tp_call`, `map_next`, `take_gil`…) is not among them.
  private static let glue: Set<Substring> = [
    "_PyEval_Vector", "_PyEval_EvalFrame", "_PyEval_EvalCode", "_PyEval_EvalCodeWithName",
    "PyEval_EvalCode", "PyEval_EvalCodeEx", "_PyFunction_Vectorcall", "_PyFunction_FastCall",
    "_PyFunction_FastCallDict", "_PyFunction_FastCallKeywords", "function_code_fastcall",
    "call_function", "trace_call_function", "do_call_core", "PyObject_Vectorcall",
    "_PyObject_Vectorcall", "_PyObject_VectorcallTstate", "PyObject_VectorcallDict",
    "_PyObject_VectorcallDictTstate", "PyObject_VectorcallMethod", "PyVectorcall_Call",
    "_PyVectorcall_Call", "PyObject_Call", "_PyObject_Call", "_PyObject_Call_Prepend",
    "_PyObject_FastCall", "_PyObject_FastCallDict", "_PyObject_FastCallDictTstate",
    "_PyObject_FastCall_Prepend", "PyObject_CallOneArg", "PyObject_CallNoArgs",
    "PyObject_CallFunction", "PyObject_CallFunctionObjArgs", "PyObject_CallObject",
    "object_vacall", "_PyObject_MakeTpCall", "method_vectorcall", "vectorcall_method",
    "vectorcall_maybe", "call_method", "call_maybe", "call_attribute", "cfunction_call",
    "cfunction_call_varargs", "method_vectorcall_O", "method_vectorcall_NOARGS",
    "method_vectorcall_FASTCALL", "method_vectorcall_FASTCALL_KEYWORDS",
    "method_vectorcall_FASTCALL_KEYWORDS_METHOD", "method_vectorcall_VARARGS",
    "method_vectorcall_VARARGS_KEYWORDS", "_PyMethodDescr_FastCallKeywords", "type_call",
    "type_vectorcall", "slot_tp_call", "_Py_CheckFunctionResult", "gen_send_ex", "gen_send_ex2",
    "gen_iternext", "gen_send", "PyGen_am_send", "PyIter_Send", "_gen_throw",
    "_PyForIter_VirtualIteratorNext", "call_trace", "call_trace_protected",
    "trace_function_entry", "profile_trampoline", "trace_trampoline",
    "call_instrumentation_vector", "call_profile_func", "_start", "main", "__libc_start_main",
    "__libc_start_main_impl", "__libc_start_call_main", "Py_BytesMain", "Py_Main", "Py_RunMain",
    "run_mod", "run_eval_code_obj", "clone3", "clone", "__clone", "__clone3", "start_thread",
    "pythread_wrapper", "thread_run", "t_bootstrap", "_PyJIT_Entry", "_Py_trampoline_func_start",
    "py_trampoline_evaluator",
  ]

  private static let gluePrefixes = [
    "PyObject_CallMethod", "call_unbound", "cfunction_vectorcall_", "_PyMethodDef_RawFastCall",
    "_PyCFunction_FastCall", "_Py_VectorCall", "_Py_BuiltinCallFast", "_Py_CallBuiltin",
    "async_gen_asend_", "_Py_call_instrumentation", "sys_profile_", "sys_trace_", "pymain_",
    "PyRun_", "_PyRun_", "pyrun_", "_TAIL_CALL_",
  ]
}
