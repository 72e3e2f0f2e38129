import ProfileModel
import SampleTypes

/// Builds a call tree from the stack table: samples are first added up per stack, then every
/// distinct stack is walked once.
struct CallTreeBuilder {
  private let profile: Profile
  private let selection: Selection
  private var placer: StackPlacer

  /// Time of each stack of the root at hand, shifted by one so that "no stack" is entry 0.
  private var times: [GilTime]
  /// The entries of `times` that are in use, in the order of their first sample.
  private var touched: [Int32] = []

  static func build(
    _ profile: Profile, _ selection: Selection, options: ReportOptions,
    mergesEqualNames: Bool = false
  ) -> CallTree {
    var builder = CallTreeBuilder(
      profile, selection,
      FrameView(profile, options: options, mergesEqualNames: mergesEqualNames))
    builder.addEverything(splitsByGil: options.splitsByGil)
    return CallTree(nodes: builder.placer.nodes, frames: builder.placer.view.frames)
  }

  private init(_ profile: Profile, _ selection: Selection, _ view: FrameView) {
    self.profile = profile
    self.selection = selection
    placer = StackPlacer(profile, view)
    times = Array(repeating: GilTime(), count: profile.stacks.count + 1)
  }

  private mutating func addEverything(splitsByGil: Bool) {
    let all = placer.add(frame: placer.add(group: "all"), to: -1)
    let states: [GilState?] = splitsByGil ? GilState.allCases : [nil]
    let stateFrames = states.map { $0.map { placer.add(group: $0.towerName(profile.target)) } }
    var groupFrames: [String: Int32] = [:]
    let rootFrames = selection.roots.map { names in
      names.map { name -> Int32 in
        let frame = groupFrames[name] ?? placer.add(group: name)
        groupFrames[name] = frame
        return frame
      }
    }
    let noStack = placer.add(group: "[no stack]")
    for (root, group) in selection.groups.enumerated() where !group.isEmpty {
      addUpTimes(group)
      for (state, stateFrame) in zip(states, stateFrames) {
        addStacks(
          under: [stateFrame].compactMap(\.self) + rootFrames[root], of: all, only: state,
          frameless: rootFrames[root].isEmpty ? noStack : nil)
      }
      forgetTimes()
    }
  }

  private mutating func addUpTimes(_ group: Range<Int>) {
    for index in selection.kept[group] {
      let sample = profile.samples[Int(index)]
      // Otherwise a slot could be in use and still be zero.
      if sample.weight == 0 { continue }
      let slot = Int(sample.stack) + 1
      if times[slot].isZero { touched.append(Int32(slot)) }
      times[slot][sample.gil] &+= sample.weight
    }
  }

  private mutating func forgetTimes() {
    for slot in touched { times[Int(slot)] = GilTime() }
    touched.removeAll(keepingCapacity: true)
  }

  /// Adds the time of every stack below the path `groups`. Time without any frame goes to the
  /// last group, or to a frame of its own where `frameless` names one.
  private mutating func addStacks(
    under groups: [Int32], of all: Int32, only state: GilState?, frameless: Int32?
  ) {
    guard touched.contains(where: { !time(inSlot: $0, only: state).isZero }) else { return }
    let base = groups.reduce(all) { placer.child(of: $0, frame: $1) }
    for slot in touched {
      let time = time(inSlot: slot, only: state)
      if time.isZero { continue }
      var node = slot == 0 ? base : placer.leaf(of: slot - 1, base: base)
      if node == base, let frameless { node = placer.child(of: base, frame: frameless) }
      placer.nodes[Int(node)].own &+= time
    }
    placer.forgetStacks()
  }

  private func time(inSlot slot: Int32, only state: GilState?) -> GilTime {
    state.map { times[Int(slot)].only($0) } ?? times[Int(slot)]
  }
}
