import Glibc
import ProfileModel
import Recorder

extension DoctorReport {
  func targetFindings(_ target: TargetFacts) -> [Finding] {
    guard target.exists else {
      return [
        .blocked("process", "there is no process \(target.pid)", "pgrep -a python")
      ]
    }
    guard !target.hasEnded else {
      return [
        .blocked(
          "process",
          "\(target.pid) has ended (it is a zombie that its parent PID \(target.parent) has not reaped)",
          "ps -fp \(target.parent)")
      ]
    }
    let access = accessFinding(target)
    var findings = [process(target), access].compactMap { $0 }
    if target.tracer != 0 { findings.append(tracer(target)) }
    if target.isStopped {
      findings.append(
        .degraded(
          "state", "stopped by job control (state T): none of its threads runs",
          "kill -CONT \(target.pid)"))
    }
    findings.append(places(target))
    if case .unread = target.python { findings.append(interpreter(target)) }
    guard access == nil else { return findings }
    findings.append(interpreter(target))
    if case .found(let python) = target.python { findings.append(layout(python)) }
    return findings + [unwinding(target.libraries), symbols(target.libraries)]
  }

  private func process(_ target: TargetFacts) -> Finding {
    let command = target.command.isEmpty ? target.executable ?? "?" : target.command
    let owner = target.user.map { ", user \($0)" } ?? ""
    let threads = target.threads == 1 ? "1 thread" : "\(target.threads) threads"
    return .ok("process", "\(target.pid), \(threads)\(owner): \(command)")
  }

  /// Why it may not be looked into; nil if it may.
  private func accessFinding(_ target: TargetFacts) -> Finding? {
    guard let errno = target.mapping ?? target.reading else { return nil }
    let facts = PermissionFacts(
      ptraceScope: machine.ptraceScope, paranoid: machine.paranoid, ownUser: machine.user,
      targetUser: target.user, mayTrace: machine.capabilities.contains(.trace))
    let advice = CommandFailure.ptraceAdvice(pid: target.pid, facts: facts)
    let text = "refused (\(String(errorNumber: errno))): \(advice.reason)"
    return advice.command.map { .blocked("access", text, $0) }
      ?? .blocked("access", text, obstacle: Self.untilReboot)
  }

  private func tracer(_ target: TargetFacts) -> Finding {
    let text = "traced by process \(target.tracer) already; a process has one tracer at a time"
    return mode == .read
      ? .degraded("tracer", "\(text); Python frames alone can be read", "ps -fp \(target.tracer)")
      : .blocked("tracer", text, "ps -fp \(target.tracer)")
  }

  private func places(_ target: TargetFacts) -> Finding {
    var parts: [String] = []
    if let inner = target.innerPID { parts.append("its own PID namespace, where it is \(inner)") }
    if target.hasOwnRoot { parts.append("its own files, read through /proc/\(target.pid)/root") }
    if target.hasOwnUsers { parts.append("its own user namespace") }
    return .ok("container", parts.isEmpty ? "none" : parts.joined(separator: "; "))
  }

  private func interpreter(_ target: TargetFacts) -> Finding {
    let name = "interpreter"
    switch target.python {
    case .found(let python):
      let how =
        switch python.origin {
        case "symbol": "by the symbol _PyRuntime"
        case "section": "by the section .PyRuntime"
        case "cookie": "by the cookie of its debug offsets"
        default: "by the pointers between its structures"
        }
      return .ok(name, "CPython \(python.version) in \(python.module), found \(how)")
    case .unread(let version):
      return .ok(name, "CPython \(version), by its files")
    case .none:
      return .blocked(
        name, "no CPython; its children may run one", "pgrep -a -P \(target.pid)")
    case .unsupported(let version):
      return .blocked(
        name,
        "CPython \(version), which hyflame \(hyflameVersion) does not know (\(KnownPythons.words))",
        "hyflame record --native-only -p \(target.pid)")
    case .notInitialized(let version):
      return .degraded(
        name, "CPython \(version) is starting or ending",
        "hyflame doctor -p \(target.pid)")
    case .inconsistent(let version, let contradiction):
      return .blocked(
        name, "the structures in memory are not those of CPython \(version): \(contradiction)",
        "hyflame record --native-only -p \(target.pid)")
    }
  }

  private func layout(_ python: TargetFacts.Interpreter) -> Finding {
    let name = "layout"
    if let refused = python.refused {
      return .degraded(
        name,
        "of structures: as measured for this version, since what the interpreter says of itself cannot "
          + "be: \(refused)", obstacle: "its builder has changed it")
    }
    return .ok(
      name,
      python.describesItself
        ? "of structures: as the interpreter describes them itself"
        : "of structures: as measured for this version")
  }

  private func unwinding(_ libraries: TargetFacts.Libraries) -> Finding {
    let missing = libraries.withoutUnwindInformation + libraries.unreadable
    let count = "\(libraries.count) mapped files"
    guard !missing.isEmpty else { return .ok("unwinding", "\(count), all with unwind information") }
    return .degraded(
      "unwinding",
      "\(missing.count) of \(count) without unwind information, or not readable: "
        + "\(Self.list(missing)); frames behind them are looked for",
      obstacle: "their makers decide (-fasynchronous-unwind-tables)")
  }

  private func symbols(_ libraries: TargetFacts.Libraries) -> Finding {
    let missing = libraries.withoutSymbols
    guard !missing.isEmpty else { return .ok("symbols", "every mapped file has a symbol table") }
    return .degraded(
      "symbols",
      "\(missing.count) of \(libraries.count) mapped files name exported functions only: "
        + "\(Self.list(missing)); others appear by address",
      "DEBUGINFOD_URLS=… hyflame record --debuginfod -p \(target?.pid ?? 0)")
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.sorted().prefix(4).joined(separator: ", ")
    return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
  }

  func finding(of sample: TestSample) -> Finding {
    let name = "test samples"
    switch sample {
    case .idle: return .ok(name, "none: no thread used the CPU for half a second")
    case .failed(let sentence, let status):
      let again = "hyflame record -d 1 -p \(target?.pid ?? 0)"
      return status == ExitStatus.noTarget || status == ExitStatus.notPermitted
        ? .blocked(name, sentence, again) : .degraded(name, sentence, again)
    case .taken(let samples, let exact, let mode, let longest):
      let taken = samples == 1 ? "1 sample" : "\(samples) samples"
      let microseconds = (Double(longest) / 1000).fixed(0)
      let how =
        switch mode {
        case .kernel: "inside the kernel, \(microseconds) µs at most"
        case .read: "of Python frames, read while the target ran"
        default: "with stops of \(microseconds) µs at most"
        }
      let whole = mode == .read ? "" : "; \(exact) joined exactly"
      return .ok(name, "\(taken) in half a second, \(how)\(whole)")
    }
  }
}
