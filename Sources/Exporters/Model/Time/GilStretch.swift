import ProfileModel
import SampleTypes

/// Time without a gap that a thread spent in one GIL state.
struct GilStretch {
  var gil: GilState
  var start: Int64
  var end: Int64

  static func all(of lane: Timeline.Lane) -> [GilStretch] {
    var result: [GilStretch] = []
    for stretch in lane.stretches {
      if let last = result.last, last.end == stretch.start, last.gil == stretch.gil {
        result[result.count - 1].end = stretch.end
      } else {
        result.append(GilStretch(gil: stretch.gil, start: stretch.start, end: stretch.end))
      }
    }
    return result
  }
}
