import ProfileModel
import SampleTypes

/// A GIL state and a CPU state as one small number, for tables with a slot for each.
struct RecordedState {
  /// Slots of one table row.
  static let count = 32
  /// A slot that is no state's: CPU states are three.
  static let unused = 31

  let rawValue: Int

  init(_ gil: GilState, _ cpu: CPUState) {
    rawValue = Int(cpu.rawValue) << 3 | Int(gil.rawValue)
  }
}
