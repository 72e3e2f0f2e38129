import StackMerging
import Testing

@Suite struct InterpreterFunctionTests {
  @Test(arguments: [
    "_PyEval_EvalFrameDefault", "_PyEval_EvalFrameDefault.cold",
    "_PyEval_EvalFrameDefault.constprop.0.cold", "_PyEval_EvalFrameDefault.lto_priv.0",
  ])
  func evalLoops(_ name: String) {
    #expect(InterpreterFunction(symbol: name) == .evalLoop)
  }

  @Test(arguments: [
    "_PyEval_Vector", "_PyObject_MakeTpCall.part.0", "pymain_run_python.constprop.0",
    "cfunction_vectorcall_FASTCALL", "PyObject_CallMethodObjArgs", "start_thread",
  ])
  func plumbing(_ name: String) {
    #expect(InterpreterFunction(symbol: name) == .plumbing)
  }

  @Test(arguments: [
    "_PyEval_EvalFrameDefaultly", "list_sort_impl", "take_gil", "builtin_sorted", "deflate",
    "slot_tp_init", "_PyEval_EvalFrameDefault.mine", ".", "", "a.b.c",
  ])
  func work(_ name: String) {
    #expect(InterpreterFunction(symbol: name) == .other)
  }
}
