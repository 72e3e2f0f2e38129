import CElfutils
import Glibc

/// The call frame information of one image, parsed by libdw: `.eh_frame`, and `.debug_frame` for
/// code that is only described there.
public final class CallFrameInfo {
  private let image: ElfImage
  private let runtimeCFI: OpaquePointer?
  private var debug: OpaquePointer?
  /// `.debug_frame` is opened on the first miss: libdw then reads every debug section.
  private lazy var debugCFI: OpaquePointer? = openDebugFrame()

  /// For one thread at a time; keeps the image open.
  public init(_ image: ElfImage) {
    self.image = image
    runtimeCFI = dwarf_getcfi_elf(image.elf)
  }

  deinit {
    if let runtimeCFI { dwarf_cfi_end(runtimeCFI) }
    // Frees `debugCFI` too.
    if let debug { dwarf_end(debug) }
  }

  /// Calls `body` with libdw's `Dwarf_Frame` for the row that covers a link-time address; nil if
  /// nothing describes that address. The frame is freed afterwards.
  public func withFrame<Result>(
    at linkAddress: UInt64, _ body: (OpaquePointer) -> Result
  ) -> Result? {
    guard let frame = frame(at: linkAddress, runtimeCFI) ?? frame(at: linkAddress, debugCFI)
    else { return nil }
    defer { free(UnsafeMutableRawPointer(frame)) }
    return body(frame)
  }

  private func frame(at linkAddress: UInt64, _ table: OpaquePointer?) -> OpaquePointer? {
    guard let table else { return nil }
    var frame: OpaquePointer?
    guard dwarf_cfi_addrframe(table, linkAddress, &frame) == 0 else { return nil }
    return frame
  }

  private func openDebugFrame() -> OpaquePointer? {
    guard image.section(named: ".debug_frame") != nil else { return nil }
    debug = dwarf_begin_elf(image.elf, DWARF_C_READ, nil)
    return debug.flatMap { dwarf_getcfi($0) }
  }
}
