import SampleTypes

/// The attributes of an instance of a Python class.
enum InstanceAttributes {
  /// `Py_TPFLAGS_INLINE_VALUES` (3.13 on) and `Py_TPFLAGS_MANAGED_DICT` (3.11 on).
  private static let inlineValuesFlag: UInt64 = 1 << 2
  private static let managedDictFlag: UInt64 = 1 << 4

  /// Reads `__dict__`, or the values that stand in for it; nil if the object has neither.
  static func read(
    of object: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) -> DictEntries? {
    guard let type = memory.pointer(at: object + layout.object.type), type.isPlausiblePointer,
      let flags = memory.word(at: type + layout.type.flags)
    else { return nil }
    guard layout.minor >= 11, flags & managedDictFlag != 0 else {
      guard let offset = memory.word(at: type + layout.type.dictOffset), offset > 0,
        offset < 1 << 20
      else { return nil }
      return dict(at: object + Int(offset), layout: layout, memory: &memory)
    }
    switch layout.minor {
    case 11:
      guard let values = memory.pointer(at: object - 32) else { return nil }
      if values.isNull { return dict(at: object - 24, layout: layout, memory: &memory) }
      return split(values, of: type, layout: layout, memory: &memory)
    case 12:
      // The low bit marks values, stored as the address before theirs.
      guard let word = memory.pointer(at: object - 24) else { return nil }
      if word.rawValue & 1 == 0 { return dict(at: object - 24, layout: layout, memory: &memory) }
      return split(word + 1, of: type, layout: layout, memory: &memory)
    default:
      let pointer = object - (layout.isFreeThreaded ? 8 : 24)
      guard let dictionary = memory.pointer(at: pointer) else { return nil }
      if !dictionary.isNull || flags & inlineValuesFlag == 0 {
        return dict(at: pointer, layout: layout, memory: &memory)
      }
      return inline(object, type, layout: layout, memory: &memory)
    }
  }

  private static func dict(
    at pointer: RemoteAddress, layout: Layout, memory: inout some RemoteMemory
  ) -> DictEntries? {
    memory.pointer(at: pointer).flatMap {
      DictEntries(of: $0, layout: layout, memory: &memory)
    }
  }

  /// 3.13 on: values behind the object's own fields.
  private static func inline(
    _ object: RemoteAddress, _ type: RemoteAddress, layout: Layout,
    memory: inout some RemoteMemory
  ) -> DictEntries? {
    guard let size = memory.word(at: type + layout.type.basicSize), size < 1 << 20,
      let isValid = memory.load(UInt8.self, at: object + Int(size) + 3), isValid == 1
    else { return nil }
    let values = object + Int(size) + DictEntries.valuesHeader(layout)
    return split(values, of: type, layout: layout, memory: &memory)
  }

  private static func split(
    _ values: RemoteAddress, of type: RemoteAddress, layout: Layout,
    memory: inout some RemoteMemory
  ) -> DictEntries? {
    guard let keys = memory.pointer(at: type + layout.type.cachedKeys) else { return nil }
    return DictEntries(keys: keys, splitValues: values, layout: layout, memory: &memory)
  }
}
