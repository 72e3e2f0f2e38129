import ProfileModel
import SampleTypes

/// The fill of a box: hue by kind, dark by the share of its time that held the GIL, grey by the share
/// that waited for it, and a small shift of hue by name, so that neighbours differ and equal names
/// do not.
///
/// Every colour keeps a contrast of at least 4.5:1 with the text on it (WCAG 2.1, 1.4.3).
struct FlameColor: Equatable {
  var red: UInt8
  var green: UInt8
  var blue: UInt8

  /// Text on every fill.
  static let text = FlameColor(red: 0x11, green: 0x11, blue: 0x11)

  init(_ frame: TreeFrame, _ time: GilTime) {
    let shift = Double(Self.shift(of: frame)) - 2
    let share = { Double(scaledShare(time[$0], of: time.sum, scale: 1000)) / 1000 }
    let (held, waiting) = (share(.held), share(.waiting))
    let family = Self.family(frame)
    self.init(
      hue: family.hue + shift * family.spread, saturation: family.saturation * (1 - 0.85 * waiting),
      lightness: family.lightness - family.depth * (held + 0.35 * waiting))
  }

  /// Red for more time than before, blue for less, the darker the larger the share; almost white for
  /// what chance explains.
  init(_ change: Change) {
    let larger = max(change.before, change.after)
    guard larger > 0, change.isSignificant else {
      self.init(hue: 220, saturation: 0.1, lightness: 0.93)
      return
    }
    let share = min(abs(change.difference) / larger, 1)
    self.init(
      hue: change.difference > 0 ? 8 : 212, saturation: 0.85, lightness: 0.88 - 0.24 * share)
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

  /// Steps of hue by name, 0...4: 2 is none.
  static func shift(of frame: TreeFrame) -> Int { Int(hash(frame.name) % 5) }

  private struct Family {
    /// Degrees.
    var hue: Double
    var saturation: Double
    /// Degrees that one step of the shift by name takes.
    var spread: Double
    /// Lightness without the GIL, and what holding it takes away; waiting takes a third of that.
    var lightness = 0.86
    var depth = 0.22
  }

  private static func family(_ frame: TreeFrame) -> Family {
    switch frame.kind {
    case .python: Family(hue: 46, saturation: 0.95, spread: 2)
    case .native where frame.isInlined: Family(hue: 172, saturation: 0.5, spread: 3)
    case .native: Family(hue: 212, saturation: 0.75, spread: 4)
    case .kernel: Family(hue: 14, saturation: 0.8, spread: 3)
    // Not code, so nothing of it holds or waits.
    case .group: Family(hue: 220, saturation: 0.1, spread: 0, depth: 0)
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
