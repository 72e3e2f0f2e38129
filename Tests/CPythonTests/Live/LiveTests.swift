import Testing

/// Everything that starts interpreters, one after the other: they spin, and time matters to some.
@Suite(.serialized) enum LiveTests {}
