import Exporters
import ProfileModel
import SampleTypes

/// What a report must say, computed sample by sample in the most literal way: the check on the
/// exporters, which share work between samples.
struct PlainModel {
  struct Key: Hashable {
    var name: String
    var kind: Function.Kind
    var file: String
    var module: String
  }

  /// Microseconds per folded stack.
  private(set) var folded: [String: Int64] = [:]
  private(set) var own: [Key: [GilState: Int64]] = [:]
  private(set) var total: [Key: [GilState: Int64]] = [:]
  private(set) var shownTime: Int64 = 0

  init(_ profile: Profile, options: ReportOptions) {
    for sample in profile.samples where Self.isShown(sample, options) && sample.weight > 0 {
      shownTime += sample.weight
      let frames = Self.visibleFrames(sample, profile, options)
      let thread = profile.threads[Int(sample.thread)]
      var names: [String] = []
      if options.splitsByThread {
        names.append("thread \(thread.name) (\(thread.tid))")
      } else if !thread.isPython {
        names.append("thread \(thread.name)")
      }
      if frames.isEmpty && names.isEmpty { names.append("[no stack]") }
      names += frames.map { Self.spell(profile.frames[$0], profile, options) }
      folded[names.joined(separator: ";"), default: 0] += sample.weight / 1000
      let keys = frames.map { Self.key(profile.frames[$0], profile) }
      if let last = keys.last { own[last, default: [:]][sample.gil, default: 0] += sample.weight }
      for key in Set(keys) { total[key, default: [:]][sample.gil, default: 0] += sample.weight }
    }
  }

  private static func isShown(_ sample: Sample, _ options: ReportOptions) -> Bool {
    if options.filter.showsHiddenTime { return true }
    switch (sample.cpu, sample.gil) {
    case (_, .waiting), (.running, _), (.blocked, .held): return true
    case (.blocked, _), (.runnable, _): return false
    }
  }

  private static func visibleFrames(
    _ sample: Sample, _ profile: Profile, _ options: ReportOptions
  ) -> [Int] {
    var path: [Int] = []
    var node = sample.stack
    while node >= 0 {
      path.insert(Int(profile.stacks[Int(node)].frame), at: 0)
      node = profile.stacks[Int(node)].parent
    }
    var result: [Int] = []
    for (position, frame) in path.enumerated() {
      let function = profile.functions[Int(profile.frames[frame].function)]
      if options.frames == .pythonOnly && function.kind != .python { continue }
      if options.frames == .nativeOnly && function.kind == .python { continue }
      if function.isPlumbing && !options.showsPlumbing {
        guard position == path.count - 1 else { continue }
        if function.name.hasPrefix("_PyEval_EvalFrameDefault") && !result.isEmpty { continue }
      }
      result.append(frame)
    }
    return result
  }

  private static func spell(
    _ frame: Frame, _ profile: Profile, _ options: ReportOptions
  ) -> String {
    let function = profile.functions[Int(frame.function)]
    switch function.kind {
    case .python:
      let file = function.file.split(separator: "/").last!
      return "\(function.name) (\(file):\(options.showsLines ? frame.line : function.line))"
    case .native where function.name.contains("+0x"): return function.name
    case .native:
      let module = profile.modules[Int(function.module)].path.split(separator: "/").last!
      return "\(function.name) (\(module))" + (frame.isInlined ? "_[i]" : "")
    case .kernel: return function.name + "_[k]"
    }
  }

  private static func key(_ frame: Frame, _ profile: Profile) -> Key {
    let function = profile.functions[Int(frame.function)]
    return Key(
      name: function.name, kind: function.kind, file: function.file,
      module: function.module < 0 ? "" : profile.modules[Int(function.module)].path)
  }
}
