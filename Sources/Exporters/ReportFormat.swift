/// The forms in which a recording can be reported.
public enum ReportFormat: String, Sendable, CaseIterable {
  case text, folded, json, svg
}
