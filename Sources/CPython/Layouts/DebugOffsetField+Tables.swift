// Written by Scripts/generate-layouts.py. Do not edit.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

extension DebugOffsetField {
  /// `sizeof(_Py_DebugOffsets)` in 3.13, in bytes.
  static let size3_13 = 584

  /// The fields of 3.13's table that the reader uses.
  static let table3_13: [DebugOffsetField] = [
    DebugOffsetField(
      "runtime_state.interpreters_head", at: 40, alignment: 8, sizeAt: 24,
      \.runtime.interpretersHead),
    DebugOffsetField(
      "interpreter_state.next", at: 64, alignment: 8, sizeAt: 48, \.interpreter.next),
    DebugOffsetField(
      "interpreter_state.threads_head", at: 72, alignment: 8, sizeAt: 48, \.interpreter.threadsHead),
    DebugOffsetField(
      "interpreter_state.imports_modules", at: 88, alignment: 8, sizeAt: 48, \.interpreter.modules),
    DebugOffsetField(
      "interpreter_state.ceval_gil", at: 112, alignment: 8, sizeAt: 48, \.interpreter.gil!),
    DebugOffsetField(
      "interpreter_state.gil_runtime_state", at: 120, alignment: 8, sizeAt: 48,
      \.interpreter.embeddedGil!),
    DebugOffsetField("interpreter_state.gc", at: 80, alignment: 8, sizeAt: 48, \.interpreter.gc!),
    DebugOffsetField(
      "thread_state.prev", at: 160, alignment: 8, sizeAt: 152, \.threadState.previous),
    DebugOffsetField("thread_state.next", at: 168, alignment: 8, sizeAt: 152, \.threadState.next),
    DebugOffsetField(
      "thread_state.interp", at: 176, alignment: 8, sizeAt: 152, \.threadState.interpreter),
    DebugOffsetField(
      "thread_state.thread_id", at: 192, alignment: 8, sizeAt: 152, \.threadState.threadID),
    DebugOffsetField(
      "thread_state.native_thread_id", at: 200, alignment: 8, sizeAt: 152,
      \.threadState.nativeThreadID!),
    DebugOffsetField(
      "thread_state.current_frame", at: 184, alignment: 8, sizeAt: 152, \.threadState.currentFrame!),
    DebugOffsetField(
      "thread_state.status", at: 216, alignment: 4, sizeAt: 152, \.threadState.status!),
    DebugOffsetField(
      "thread_state.datastack_chunk", at: 208, alignment: 8, sizeAt: 152,
      \.threadState.dataStackChunk!),
    DebugOffsetField(
      "interpreter_frame.executable", at: 240, alignment: 8, sizeAt: 224, \.frame.code),
    DebugOffsetField(
      "interpreter_frame.previous", at: 232, alignment: 8, sizeAt: 224, \.frame.previous),
    DebugOffsetField(
      "interpreter_frame.instr_ptr", at: 248, alignment: 8, sizeAt: 224, \.frame.instruction),
    DebugOffsetField("interpreter_frame.owner", at: 264, alignment: 1, sizeAt: 224, \.frame.owner!),
    DebugOffsetField(
      "code_object.firstlineno", at: 312, alignment: 4, sizeAt: 272, \.code.firstLine),
    DebugOffsetField("code_object.filename", at: 280, alignment: 8, sizeAt: 272, \.code.fileName),
    DebugOffsetField("code_object.name", at: 288, alignment: 8, sizeAt: 272, \.code.name),
    DebugOffsetField(
      "code_object.qualname", at: 296, alignment: 8, sizeAt: 272, \.code.qualifiedName!),
    DebugOffsetField("code_object.linetable", at: 304, alignment: 8, sizeAt: 272, \.code.lineTable),
    DebugOffsetField(
      "code_object.co_code_adaptive", at: 344, alignment: 2, sizeAt: 272, \.code.bytecode!),
    DebugOffsetField("pyobject.ob_type", at: 360, alignment: 8, sizeAt: 352, \.object.type),
    DebugOffsetField("tuple_object.ob_size", at: 416, alignment: 8, sizeAt: 400, \.object.size),
    DebugOffsetField(
      "bytes_object.ob_sval", at: 528, alignment: 1, sizeAt: 512, \.object.bytesData),
    DebugOffsetField("long_object.lv_tag", at: 496, alignment: 8, sizeAt: 488, \.object.longTag),
    DebugOffsetField(
      "long_object.ob_digit", at: 504, alignment: 4, sizeAt: 488, \.object.longDigits),
    DebugOffsetField("unicode_object.length", at: 552, alignment: 8, sizeAt: 536, \.unicode.length),
    DebugOffsetField("unicode_object.state", at: 544, alignment: 4, sizeAt: 536, \.unicode.state),
    DebugOffsetField(
      "unicode_object.asciiobject_size", at: 560, alignment: 8, sizeAt: 536, \.unicode.asciiData),
    DebugOffsetField("type_object.tp_name", at: 376, alignment: 8, sizeAt: 368, \.type.name),
    DebugOffsetField("type_object.tp_flags", at: 392, alignment: 8, sizeAt: 368, \.type.flags),
    DebugOffsetField("dict_object.ma_keys", at: 456, alignment: 8, sizeAt: 448, \.dict.keys),
    DebugOffsetField("dict_object.ma_values", at: 464, alignment: 8, sizeAt: 448, \.dict.values),
    DebugOffsetField("gc.collecting", at: 576, alignment: 4, sizeAt: 568, \.gc.collecting),
  ]

  /// `sizeof(_Py_DebugOffsets)` in 3.14, in bytes.
  static let size3_14 = 760

  /// The fields of 3.14's table that the reader uses.
  static let table3_14: [DebugOffsetField] = [
    DebugOffsetField(
      "runtime_state.interpreters_head", at: 40, alignment: 8, sizeAt: 24,
      \.runtime.interpretersHead),
    DebugOffsetField(
      "interpreter_state.next", at: 64, alignment: 8, sizeAt: 48, \.interpreter.next),
    DebugOffsetField(
      "interpreter_state.threads_head", at: 72, alignment: 8, sizeAt: 48, \.interpreter.threadsHead),
    DebugOffsetField(
      "interpreter_state.imports_modules", at: 96, alignment: 8, sizeAt: 48, \.interpreter.modules),
    DebugOffsetField(
      "interpreter_state.ceval_gil", at: 120, alignment: 8, sizeAt: 48, \.interpreter.gil!),
    DebugOffsetField(
      "interpreter_state.gil_runtime_state", at: 128, alignment: 8, sizeAt: 48,
      \.interpreter.embeddedGil!),
    DebugOffsetField("interpreter_state.gc", at: 88, alignment: 8, sizeAt: 48, \.interpreter.gc!),
    DebugOffsetField(
      "interpreter_state.code_object_generation", at: 160, alignment: 8, sizeAt: 48,
      \.interpreter.codeObjectGeneration!),
    DebugOffsetField(
      "thread_state.prev", at: 184, alignment: 8, sizeAt: 176, \.threadState.previous),
    DebugOffsetField("thread_state.next", at: 192, alignment: 8, sizeAt: 176, \.threadState.next),
    DebugOffsetField(
      "thread_state.interp", at: 200, alignment: 8, sizeAt: 176, \.threadState.interpreter),
    DebugOffsetField(
      "thread_state.thread_id", at: 216, alignment: 8, sizeAt: 176, \.threadState.threadID),
    DebugOffsetField(
      "thread_state.native_thread_id", at: 224, alignment: 8, sizeAt: 176,
      \.threadState.nativeThreadID!),
    DebugOffsetField(
      "thread_state.current_frame", at: 208, alignment: 8, sizeAt: 176, \.threadState.currentFrame!),
    DebugOffsetField(
      "thread_state.status", at: 240, alignment: 4, sizeAt: 176, \.threadState.status!),
    DebugOffsetField(
      "thread_state.datastack_chunk", at: 232, alignment: 8, sizeAt: 176,
      \.threadState.dataStackChunk!),
    DebugOffsetField(
      "interpreter_frame.executable", at: 264, alignment: 8, sizeAt: 248, \.frame.code),
    DebugOffsetField(
      "interpreter_frame.previous", at: 256, alignment: 8, sizeAt: 248, \.frame.previous),
    DebugOffsetField(
      "interpreter_frame.instr_ptr", at: 272, alignment: 8, sizeAt: 248, \.frame.instruction),
    DebugOffsetField("interpreter_frame.owner", at: 288, alignment: 1, sizeAt: 248, \.frame.owner!),
    DebugOffsetField(
      "code_object.firstlineno", at: 352, alignment: 4, sizeAt: 312, \.code.firstLine),
    DebugOffsetField("code_object.filename", at: 320, alignment: 8, sizeAt: 312, \.code.fileName),
    DebugOffsetField("code_object.name", at: 328, alignment: 8, sizeAt: 312, \.code.name),
    DebugOffsetField(
      "code_object.qualname", at: 336, alignment: 8, sizeAt: 312, \.code.qualifiedName!),
    DebugOffsetField("code_object.linetable", at: 344, alignment: 8, sizeAt: 312, \.code.lineTable),
    DebugOffsetField(
      "code_object.co_code_adaptive", at: 384, alignment: 2, sizeAt: 312, \.code.bytecode!),
    DebugOffsetField("pyobject.ob_type", at: 408, alignment: 8, sizeAt: 400, \.object.type),
    DebugOffsetField("tuple_object.ob_size", at: 464, alignment: 8, sizeAt: 448, \.object.size),
    DebugOffsetField(
      "bytes_object.ob_sval", at: 608, alignment: 1, sizeAt: 592, \.object.bytesData),
    DebugOffsetField("long_object.lv_tag", at: 576, alignment: 8, sizeAt: 568, \.object.longTag),
    DebugOffsetField(
      "long_object.ob_digit", at: 584, alignment: 4, sizeAt: 568, \.object.longDigits),
    DebugOffsetField("unicode_object.length", at: 632, alignment: 8, sizeAt: 616, \.unicode.length),
    DebugOffsetField("unicode_object.state", at: 624, alignment: 4, sizeAt: 616, \.unicode.state),
    DebugOffsetField(
      "unicode_object.asciiobject_size", at: 640, alignment: 8, sizeAt: 616, \.unicode.asciiData),
    DebugOffsetField("type_object.tp_name", at: 424, alignment: 8, sizeAt: 416, \.type.name),
    DebugOffsetField("type_object.tp_flags", at: 440, alignment: 8, sizeAt: 416, \.type.flags),
    DebugOffsetField("dict_object.ma_keys", at: 536, alignment: 8, sizeAt: 528, \.dict.keys),
    DebugOffsetField("dict_object.ma_values", at: 544, alignment: 8, sizeAt: 528, \.dict.values),
    DebugOffsetField("gc.collecting", at: 656, alignment: 4, sizeAt: 648, \.gc.collecting),
  ]

  /// `sizeof(_Py_DebugOffsets)` in 3.15, in bytes.
  static let size3_15 = 888

  /// The fields of 3.15's table that the reader uses.
  static let table3_15: [DebugOffsetField] = [
    DebugOffsetField(
      "runtime_state.interpreters_head", at: 40, alignment: 8, sizeAt: 24,
      \.runtime.interpretersHead),
    DebugOffsetField(
      "interpreter_state.next", at: 64, alignment: 8, sizeAt: 48, \.interpreter.next),
    DebugOffsetField(
      "interpreter_state.threads_head", at: 72, alignment: 8, sizeAt: 48, \.interpreter.threadsHead),
    DebugOffsetField(
      "interpreter_state.imports_modules", at: 96, alignment: 8, sizeAt: 48, \.interpreter.modules),
    DebugOffsetField(
      "interpreter_state.ceval_gil", at: 120, alignment: 8, sizeAt: 48, \.interpreter.gil!),
    DebugOffsetField(
      "interpreter_state.gil_runtime_state", at: 128, alignment: 8, sizeAt: 48,
      \.interpreter.embeddedGil!),
    DebugOffsetField("interpreter_state.gc", at: 88, alignment: 8, sizeAt: 48, \.interpreter.gc!),
    DebugOffsetField(
      "interpreter_state.code_object_generation", at: 160, alignment: 8, sizeAt: 48,
      \.interpreter.codeObjectGeneration!),
    DebugOffsetField(
      "thread_state.prev", at: 184, alignment: 8, sizeAt: 176, \.threadState.previous),
    DebugOffsetField("thread_state.next", at: 192, alignment: 8, sizeAt: 176, \.threadState.next),
    DebugOffsetField(
      "thread_state.interp", at: 200, alignment: 8, sizeAt: 176, \.threadState.interpreter),
    DebugOffsetField(
      "thread_state.thread_id", at: 240, alignment: 8, sizeAt: 176, \.threadState.threadID),
    DebugOffsetField(
      "thread_state.native_thread_id", at: 248, alignment: 8, sizeAt: 176,
      \.threadState.nativeThreadID!),
    DebugOffsetField(
      "thread_state.current_frame", at: 208, alignment: 8, sizeAt: 176, \.threadState.currentFrame!),
    DebugOffsetField(
      "thread_state.base_frame", at: 216, alignment: 8, sizeAt: 176, \.threadState.baseFrame!),
    DebugOffsetField(
      "thread_state.status", at: 264, alignment: 4, sizeAt: 176, \.threadState.status!),
    DebugOffsetField(
      "thread_state.holds_gil", at: 272, alignment: 4, sizeAt: 176, \.threadState.holdsGil!),
    DebugOffsetField(
      "thread_state.gil_requested", at: 280, alignment: 4, sizeAt: 176, \.threadState.gilRequested!),
    DebugOffsetField(
      "thread_state.datastack_chunk", at: 256, alignment: 8, sizeAt: 176,
      \.threadState.dataStackChunk!),
    DebugOffsetField(
      "interpreter_frame.executable", at: 328, alignment: 8, sizeAt: 312, \.frame.code),
    DebugOffsetField(
      "interpreter_frame.previous", at: 320, alignment: 8, sizeAt: 312, \.frame.previous),
    DebugOffsetField(
      "interpreter_frame.instr_ptr", at: 336, alignment: 8, sizeAt: 312, \.frame.instruction),
    DebugOffsetField("interpreter_frame.owner", at: 352, alignment: 1, sizeAt: 312, \.frame.owner!),
    DebugOffsetField(
      "code_object.firstlineno", at: 416, alignment: 4, sizeAt: 376, \.code.firstLine),
    DebugOffsetField("code_object.filename", at: 384, alignment: 8, sizeAt: 376, \.code.fileName),
    DebugOffsetField("code_object.name", at: 392, alignment: 8, sizeAt: 376, \.code.name),
    DebugOffsetField(
      "code_object.qualname", at: 400, alignment: 8, sizeAt: 376, \.code.qualifiedName!),
    DebugOffsetField("code_object.linetable", at: 408, alignment: 8, sizeAt: 376, \.code.lineTable),
    DebugOffsetField(
      "code_object.co_code_adaptive", at: 448, alignment: 2, sizeAt: 376, \.code.bytecode!),
    DebugOffsetField("pyobject.ob_type", at: 472, alignment: 8, sizeAt: 464, \.object.type),
    DebugOffsetField("tuple_object.ob_size", at: 560, alignment: 8, sizeAt: 544, \.object.size),
    DebugOffsetField(
      "bytes_object.ob_sval", at: 704, alignment: 1, sizeAt: 688, \.object.bytesData),
    DebugOffsetField("long_object.lv_tag", at: 672, alignment: 8, sizeAt: 664, \.object.longTag),
    DebugOffsetField(
      "long_object.ob_digit", at: 680, alignment: 4, sizeAt: 664, \.object.longDigits),
    DebugOffsetField("unicode_object.length", at: 728, alignment: 8, sizeAt: 712, \.unicode.length),
    DebugOffsetField("unicode_object.state", at: 720, alignment: 4, sizeAt: 712, \.unicode.state),
    DebugOffsetField(
      "unicode_object.asciiobject_size", at: 736, alignment: 8, sizeAt: 712, \.unicode.asciiData),
    DebugOffsetField(
      "unicode_object.compactunicodeobject_size", at: 744, alignment: 8, sizeAt: 712,
      \.unicode.compactData),
    DebugOffsetField("type_object.tp_name", at: 488, alignment: 8, sizeAt: 480, \.type.name),
    DebugOffsetField(
      "type_object.tp_basicsize", at: 512, alignment: 8, sizeAt: 480, \.type.basicSize),
    DebugOffsetField("type_object.tp_flags", at: 504, alignment: 8, sizeAt: 480, \.type.flags),
    DebugOffsetField(
      "type_object.tp_dictoffset", at: 520, alignment: 8, sizeAt: 480, \.type.dictOffset),
    DebugOffsetField(
      "heap_type_object.ht_cached_keys", at: 536, alignment: 8, sizeAt: 528, \.type.cachedKeys),
    DebugOffsetField("dict_object.ma_keys", at: 632, alignment: 8, sizeAt: 624, \.dict.keys),
    DebugOffsetField("dict_object.ma_values", at: 640, alignment: 8, sizeAt: 624, \.dict.values),
    DebugOffsetField("gc.collecting", at: 760, alignment: 4, sizeAt: 752, \.gc.collecting),
    DebugOffsetField("gc.frame", at: 768, alignment: 8, sizeAt: 752, \.gc.frame!),
  ]

  /// The table of one minor version: each has its own order and size (pycore_debug_offsets.h).
  static func table(minor: Int) -> (fields: [DebugOffsetField], size: Int)? {
    switch minor {
    case 13: (table3_13, size3_13)
    case 14: (table3_14, size3_14)
    case 15: (table3_15, size3_15)
    default: nil
    }
  }
}
