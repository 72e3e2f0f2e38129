/// The call frame information of one image: `.eh_frame`, and `.debug_frame` for code that is only
/// described there.
public final class CallFrameInfo {
  private let image: ElfImage
  private lazy var runtime: FrameDescriptions? = FrameDescriptions(image)
  /// Looked at on the first miss: hardly any code is described there only.
  private lazy var debug: FrameDescriptions? = FrameDescriptions(debugFrameOf: image)

  /// Keeps the image open.
  public init(_ image: ElfImage) { self.image = image }

  /// The row that covers a link-time address; nil if nothing describes it, or what does is damaged.
  public func row(at linkAddress: UInt64) -> CallFrameRow? {
    runtime?.row(at: linkAddress) ?? debug?.row(at: linkAddress)
  }

  /// Start and end of the function that contains a link-time address.
  func range(containing linkAddress: UInt64) -> FrameDescriptions.Range? {
    runtime?.range(containing: linkAddress) ?? debug?.range(containing: linkAddress)
  }
}
