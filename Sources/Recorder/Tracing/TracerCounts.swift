/// What the tracing thread counts, for all processes together.
final class TracerCounts {
  var ledger = TracerLedger()
}
