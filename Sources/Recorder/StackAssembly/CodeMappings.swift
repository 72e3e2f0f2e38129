import Symbols

/// The modules in which the addresses of a stack lie. Those of a live process grow.
protocol CodeMappings: AnyObject {
  var modules: ModuleTable { get }
  /// Asked for when an address lies in no module: true if some are new since the last look.
  func refresh() -> Bool
  /// Where the kernel has left the main thread's stack pointer for the program's first instruction; nil if unknown.
  var startOfStack: UInt64? { get }
}
