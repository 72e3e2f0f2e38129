import SampleTypes

/// Stack and state of a thread at one instant; what time that stands for is known elsewhere: from the tick,
/// or when the thread comes back to the CPU.
struct AssembledSample {
  var result: SampleAssembler.Result
  var gil: GilState
}
