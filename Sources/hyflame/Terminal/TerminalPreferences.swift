import Exporters

/// How text should look where it goes.
struct TerminalPreferences {
  let usesColor: Bool
  let usesUnicode: Bool
  let width: Int

  /// `isFile`: the report goes to a file that the user named, not to standard output.
  init(color: ColorArgument, isFile: Bool) {
    let stream = StandardStream.output
    usesColor =
      switch color {
      case .always: true
      case .never: false
      case .auto: Self.wantsColor(isTerminal: stream.isTerminal && !isFile)
      }
    usesUnicode = isFile || Self.isLocaleUnicode
    let asked = Environment["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    width = (isFile ? nil : stream.terminalSize?.columns ?? asked) ?? ReportOptions().width
  }

  func apply(to options: inout ReportOptions) {
    options.usesColor = usesColor
    options.usesUnicode = usesUnicode
    options.width = min(max(width, 80), 200)
  }

  /// no-color.org: any value that is not empty.
  private static func wantsColor(isTerminal: Bool) -> Bool {
    if let value = Environment["NO_COLOR"], !value.isEmpty { return false }
    if Environment.isOn("FORCE_COLOR") || Environment.isOn("CLICOLOR_FORCE") { return true }
    return isTerminal && Environment["TERM"] != "dumb"
  }

  /// The first of these that is set decides (locale(7)).
  private static var isLocaleUnicode: Bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"]
    let locale = names.lazy.compactMap { Environment[$0] }.first { !$0.isEmpty } ?? ""
    let codeset = locale.lowercased()
    return codeset.contains("utf-8") || codeset.contains("utf8")
  }
}
