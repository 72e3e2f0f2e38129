import ProfileModel
import SampleTypes

/// `hyflame.report/1`: the report for programs. Docs and tools rely on its shape; a change that is
/// not an addition needs a new number.
struct JSONExporter {
  private let report: Report
  private let spelling: FrameSpelling

  private var profile: Profile { report.profile }

  init(_ report: Report) {
    self.report = report
    spelling = FrameSpelling(profile: report.profile)
  }

  func write<Sink: ByteSink>(to sink: inout Sink) {
    var json = JSONWriter(sink: sink)
    json.object { json in
      json.member("schema", "hyflame.report/1")
      json.key("target")
      writeTarget(&json)
      json.key("recording")
      writeRecording(&json)
      json.key("states")
      writeStates(&json)
      json.key("merge")
      writeMerge(&json)
      json.key("warnings")
      json.array { for warning in report.quality.warnings { $0.value(warning) } }
      json.key("pauses_us")
      writePauses(&json)
      json.key("stop_system_calls")
      json.object {
        $0.member("p50", Int64(profile.ledger.stopCalls.quantile(0.5)))
        $0.member("p99", Int64(profile.ledger.stopCalls.quantile(0.99)))
        $0.member("max", Int64(profile.ledger.stopCalls.most))
      }
      json.key("profiler")
      json.object {
        $0.member("cpu_s", seconds: profile.ledger.profilerCPU)
        $0.member("peak_rss_bytes", profile.ledger.profilerPeakRSS)
      }
      json.key("processes")
      writeProcesses(&json)
      json.key("threads")
      writeThreads(&json)
      json.key("functions")
      writeFunctions(&json)
      let calls = NativeCallTable(report)
      json.key("native_holding_gil")
      write(calls.rows(in: .held), .held, calls, to: &json)
      json.key("interpreter_holding_gil")
      write(calls.rows(in: .held, ofInterpreter: true), .held, calls, to: &json)
      json.key("native_released_gil")
      write(calls.rows(in: .released), .released, calls, to: &json)
    }
    sink = json.finish()
  }

  private func writeTarget(_ json: inout JSONWriter<some ByteSink>) {
    json.object {
      $0.member("pid", Int64(profile.target.pid))
      $0.member("command", profile.target.command)
      $0.member("python", profile.target.pythonVersion)
      $0.member("axis", profile.target.isFreeThreaded ? "attachment" : "gil")
      $0.member("host", profile.target.host)
    }
  }

  private func writeRecording(_ json: inout JSONWriter<some ByteSink>) {
    json.object {
      $0.member("started", InstantText.iso(profile.recording.startTime))
      $0.member("whole_run", profile.recording.isWholeRun)
      $0.member("duration_s", seconds: profile.recording.duration)
      $0.member("rate_hz", Int64(profile.recording.rate))
      $0.member("clock", profile.recording.clock)
      $0.member("samples", Int64(profile.samples.count))
      $0.member("on_cpu_samples", report.quality.onCPUSamples)
      $0.member("expected_samples", profile.ledger.expectedSamples)
      $0.member("lost", profile.ledger.lostSamples)
      $0.member("privileged", profile.recording.privileged)
      $0.member("capture", profile.recording.capture?.rawValue ?? "")
      $0.member("processes_seen", profile.ledger.processesSeen)
      $0.member("threads_seen", profile.ledger.threadsSeen)
    }
  }

  private func writeStates(_ json: inout JSONWriter<some ByteSink>) {
    json.array { json in
      for cpu in CPUState.allCases {
        for gil in GilState.allCases {
          let amount = report.selection.amount(cpu, gil)
          if amount.samples == 0 { continue }
          json.object {
            $0.member("cpu", cpu.name)
            $0.member("gil", gil.name)
            $0.member("seconds", seconds: amount.time)
            $0.member("samples", amount.samples)
          }
        }
      }
    }
  }

  private func writeMerge(_ json: inout JSONWriter<some ByteSink>) {
    let merge = MergeCounts(profile)
    json.object { json in
      json.member("exact", merge[.exact])
      json.member("partial", merge[.partial])
      json.member("python_only", merge[.pythonOnly])
      json.member("native_only", merge[.nativeOnly])
      json.member("complete", report.quality.complete)
      json.member("complete_share", report.quality.completeShare)
      json.member("no_stack", report.quality.withoutStack)
      json.key("reasons")
      json.object {
        for (reason, samples) in merge.byFrequency {
          $0.member(profile.ledger.reasons[reason], samples)
        }
      }
    }
  }

  private func writePauses(_ json: inout JSONWriter<some ByteSink>) {
    let pauses = profile.ledger.pauses
    json.object {
      $0.member("count", pauses.count)
      $0.member("p50", Double(pauses.quantile(0.5)) / 1e3)
      $0.member("p99", Double(pauses.quantile(0.99)) / 1e3)
      $0.member("max", Double(pauses.longest) / 1e3)
      $0.member("total", Double(pauses.total) / 1e3)
    }
  }

  private func writeProcesses(_ json: inout JSONWriter<some ByteSink>) {
    var seconds = Array(repeating: Int64(0), count: max(profile.processes.count, 1))
    for (index, thread) in profile.threads.enumerated() {
      seconds[Int(thread.process)] &+= report.selection.time(ofThread: index) {
        !report.options.filter.hides($0)
      }
    }
    let target = Thread(pid: profile.target.pid, tid: 0, name: "", isPython: false)
    let processes =
      profile.processes.isEmpty ? [profile.process(of: target)] : profile.processes
    json.array { json in
      for (process, seconds) in zip(processes, seconds) {
        json.object {
          $0.member("pid", Int64(process.pid))
          $0.member("command", process.command)
          $0.member("python", process.pythonVersion)
          $0.member("seconds", seconds: seconds)
        }
      }
    }
  }

  private func writeThreads(_ json: inout JSONWriter<some ByteSink>) {
    json.array { json in
      for (index, thread) in profile.threads.enumerated() {
        let seconds = report.selection.time(ofThread: index) {
          !report.options.filter.hides($0)
        }
        json.object {
          $0.member("pid", Int64(profile.process(of: thread).pid))
          $0.member("tid", Int64(thread.tid))
          $0.member("name", thread.name)
          $0.member("python", thread.isPython)
          $0.member("seconds", seconds: seconds)
        }
      }
    }
  }

  private func writeFunctions(_ json: inout JSONWriter<some ByteSink>) {
    let rows = FunctionTable(report.callTree(), sort: report.options.sort).rows
    let limit = report.options.limit ?? 0
    json.array { json in
      for row in limit > 0 ? rows.prefix(limit) : rows[...] {
        json.object { write(row, to: &$0) }
      }
    }
  }

  private func write(
    _ rows: [NativeCallTable.Row], _ state: GilState, _ calls: NativeCallTable,
    to json: inout JSONWriter<some ByteSink>
  ) {
    let limit = report.options.limit ?? 0
    json.array { json in
      for row in limit > 0 ? rows.prefix(limit) : rows[...] {
        let callee = FrameFacts(calls.tree.frames[Int(row.callee)], profile)
        let caller = FrameFacts(calls.tree.frames[Int(row.caller)], profile)
        json.object {
          $0.member("name", callee.exactName)
          $0.member("module", callee.module)
          $0.member("caller", caller.exactName)
          $0.member("file", caller.file)
          $0.member("line", Int64(caller.line))
          $0.member("seconds", seconds: row.time[state])
        }
      }
    }
  }

  private func write(_ row: FunctionTable.Row, to json: inout JSONWriter<some ByteSink>) {
    let function = profile.functions[Int(row.function)]
    json.member("name", FunctionName(function).full)
    json.member("symbol", function.kind == .python ? "" : function.name)
    json.member("kind", function.kind.name)
    json.member("file", function.file)
    json.member("line", Int64(function.line))
    json.member("module", function.module < 0 ? "" : profile.modules[Int(function.module)].path)
    json.key("self")
    write(row.own, to: &json)
    json.key("total")
    write(row.total, to: &json)
  }

  private func write(_ time: GilTime, to json: inout JSONWriter<some ByteSink>) {
    json.object {
      for state in GilState.allCases { $0.member(state.name, seconds: time[state]) }
    }
  }
}

extension Function.Kind {
  /// The word of the JSON report.
  var name: String {
    switch self {
    case .python: "python"
    case .native: "native"
    case .kernel: "kernel"
    }
  }
}
