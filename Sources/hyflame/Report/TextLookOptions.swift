import ArgumentParser

/// How text appears on a terminal.
struct TextLookOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Colours in text.", valueName: "when"))
  var color = ColorArgument.auto

  @Flag(name: .customLong("no-color"), help: "As --color never.")
  var withoutColor = false

  @Flag(name: .customLong("no-pager"), help: "Do not page text that is longer than the screen.")
  var withoutPager = false

  func preferences(isFile: Bool) -> TerminalPreferences {
    TerminalPreferences(color: withoutColor ? .never : color, isFile: isFile)
  }
}
