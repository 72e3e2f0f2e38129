import Testing

/// Everything that records real processes, one after the other: they burn CPU, and time matters.
@Suite(.serialized, .measuredAgain) enum RealProcessTests {}
