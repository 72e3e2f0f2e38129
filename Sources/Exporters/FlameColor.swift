/// The fill of a box: hue by kind, lightness by the share of its time that held the GIL (dark is
/// held), and a small shift of hue by name, so that neighbours differ and equal names do not.
///
/// Every colour keeps a contrast of at least 4.5:1 with the text on it (WCAG 2.1, 1.4.3).
struct FlameColor: Equatable {
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  /// Text on every fill.
  static let text = FlameColor(red: 0x11, green: 0x11, blue: 0x11)

  /// `heldShare` is in parts per 1,000.
  init(_ frame: TreeFrame, heldShare: Int64) {
    let shift = Double(Self.hash(frame.name) % 5) - 2
    let lightness = 0.86 - 0.22 * Double(heldShare) / 1000
    let family = Self.family(frame)
    self.init(
      hue: family.hue + shift * family.spread, saturation: family.saturation,
      lightness: lightness)
  }

  private init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// `hue` in degrees, the others in 0...1.
  private init(hue: Double, saturation: Double, lightness: Double) {
    let amplitude = saturation * min(lightness, 1 - lightness)
    func channel(_ offset: Double) -> UInt8 {
      let k = (offset + hue / 30).truncatingRemainder(dividingBy: 12)
      let value = lightness - amplitude * max(-1, min(k - 3, 9 - k, 1))
      return UInt8(max(0, min(255, value * 255 + 0.5)))
    }
    self.init(red: channel(0), green: channel(8), blue: channel(4))
  }

  private static func family(
    _ frame: TreeFrame
  ) -> (hue: Double, saturation: Double, spread: Double) {
    switch frame.kind {
    case .python: (46, 0.95, 2)
    case .native where frame.isInlined: (172, 0.5, 3)
    case .native: (212, 0.75, 4)
    case .kernel: (14, 0.8, 3)
    case .group: (220, 0.06, 0)
    }
  }

  /// FNV-1a: the same name has the same colour in every run and on every machine.
  private static func hash(_ name: String) -> UInt32 {
    name.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

extension TextBuffer {
  /// `#rrggbb`.
  mutating func append(_ color: FlameColor) {
    let digits: StaticString = "0123456789abcdef"
    append("#")
    for channel in [color.red, color.green, color.blue] {
      append(byte: digits.utf8Start[Int(channel >> 4)])
      append(byte: digits.utf8Start[Int(channel & 15)])
    }
  }
}
