import CElfutils

// Where units and functions lie. `.debug_aranges` would say it of units, but may be missing.
extension SourceLines {
  /// What no compiler makes, but damage can.
  private static let entryLimit = 4_000_000
  private static let depthLimit = 64

  func listUnits() -> [Span] {
    var spans: [Span] = []
    var unit: OpaquePointer?
    var die = Dwarf_Die()
    var version: Dwarf_Half = 0
    var kind: UInt8 = 0
    for _ in 0..<Self.entryLimit {
      var next: OpaquePointer?
      guard dwarf_get_units(dwarf, unit, &next, &version, &kind, &die, nil) == 0 else { break }
      unit = next
      // Partial units have no code; a skeleton's code is described in another file.
      if kind == UInt8(DW_UT_compile) { Self.addRanges(of: &die, to: &spans) }
    }
    return Self.disjoint(spans)
  }

  /// All functions with code, through namespaces and types.
  func listFunctions(of unit: Dwarf_Off) -> [Span] {
    var spans: [Span] = []
    var die = Dwarf_Die()
    guard dwarf_offdie(dwarf, unit, &die) != nil else { return [] }
    var parents: [Dwarf_Die] = []
    var current = Dwarf_Die()
    var found = dwarf_child(&die, &current) == 0
    for _ in 0..<Self.entryLimit {
      while !found {
        // The next one after the parent.
        guard var parent = parents.popLast() else { return spans }
        found = dwarf_siblingof(&parent, &current) == 0
      }
      switch Int(dwarf_tag(&current)) {
      case DW_TAG_subprogram: Self.addRanges(of: &current, to: &spans)
      case DW_TAG_namespace, DW_TAG_module, DW_TAG_class_type, DW_TAG_structure_type,
        DW_TAG_union_type, DW_TAG_enumeration_type:
        var child = Dwarf_Die()
        if parents.count < Self.depthLimit, dwarf_child(&current, &child) == 0 {
          parents.append(current)
          current = child
          continue
        }
      default: break
      }
      var next = Dwarf_Die()
      found = dwarf_siblingof(&current, &next) == 0
      if found { current = next }
    }
    return spans
  }

  private static func addRanges(of die: inout Dwarf_Die, to spans: inout [Span]) {
    var base: Dwarf_Addr = 0
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    var offset = 0
    let place = dwarf_dieoffset(&die)
    for _ in 0..<100_000 {
      offset = dwarf_ranges(&die, offset, &base, &start, &end)
      guard offset > 0 else { return }
      // The linker leaves address 0 where it dropped the code.
      if start < end, start > 0 { spans.append(Span(start: start, end: end, die: place)) }
    }
  }
}

/// The inlined calls of one function around an address, from outside to inside.
struct InlinedCalls {
  private var parent: Dwarf_Die
  private let address: UInt64
  private var remaining = 200_000

  init(_ function: Dwarf_Die, address: UInt64) {
    parent = function
    self.address = address
  }

  mutating func next() -> Dwarf_Die? {
    var current = Dwarf_Die()
    var found = dwarf_child(&parent, &current) == 0
    while found, remaining > 0 {
      remaining -= 1
      let tag = Int(dwarf_tag(&current))
      if tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block,
        dwarf_haspc(&current, address) > 0
      {
        parent = current
        if tag == DW_TAG_inlined_subroutine { return current }
        found = dwarf_child(&parent, &current) == 0
        continue
      }
      var following = Dwarf_Die()
      found = dwarf_siblingof(&current, &following) == 0
      current = following
    }
    return nil
  }
}
