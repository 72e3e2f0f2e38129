/// One FDE with what its CIE says (DWARF 5, section 6.4.1).
struct FrameDescription {
  /// Link-time addresses of the code that it describes.
  var start: UInt64
  var end: UInt64
  var isSignalFrame: Bool
  var codeAlignment: UInt64
  var dataAlignment: Int64
  /// `DW_EH_PE_…` of addresses.
  var pointerEncoding: UInt8
  /// Link-time address of the section; 0 for `.debug_frame`.
  var sectionAddress: UInt64
  /// Positions in the section.
  var initialInstructions: Range<Int>
  var instructions: Range<Int>
}
