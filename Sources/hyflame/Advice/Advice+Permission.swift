import Glibc
import LinuxIO

extension CommandFailure {
  static func notPermitted(
    pid: Int32, call: SystemCall, errno: Int32, paranoid: Int?, facts: PermissionFacts
  ) -> CommandFailure {
    let advice: String
    if call == .perfEventOpen {
      advice = perfAdvice(paranoid: paranoid, facts: facts)
    } else {
      let (cause, command) = ptraceAdvice(pid: pid, facts: facts)
      advice = [cause, command].compactMap { $0 }.joined(separator: "; ")
    }
    let reason = String(errorNumber: errno)
    return CommandFailure(
      "not permitted to sample process \(pid) (\(call.rawValue): \(reason)): \(advice)",
      status: ExitStatus.notPermitted)
  }

  private static func perfAdvice(paranoid: Int?, facts: PermissionFacts) -> String {
    if facts.ownUser != 0, let paranoid, paranoid > 2 {
      return """
        kernel.perf_event_paranoid is \(paranoid) and must be 2 or less; \
        sudo sysctl kernel.perf_event_paranoid=2, or run hyflame with sudo
        """
    }
    let found = paranoid.map { "kernel.perf_event_paranoid is \($0), which suffices, so " } ?? ""
    return found + """
      a container or seccomp filter forbids it; docker run --cap-add=PERFMON \
      --cap-add=SYS_PTRACE …, or record from the host
      """
  }

  /// Why a process may not be traced or read, and what to type.
  static func ptraceAdvice(
    pid: Int32, facts: PermissionFacts
  ) -> (reason: String, command: String?) {
    let withSudo = "sudo hyflame record -p \(pid)"
    if !facts.mayTrace, facts.ownUser != 0, let owner = facts.targetUser, owner != facts.ownUser {
      return ("it belongs to user \(owner) and you are user \(facts.ownUser)", withSudo)
    }
    switch facts.ptraceScope ?? 0 {
    case 3...:
      return (
        "kernel.yama.ptrace_scope is \(facts.ptraceScope ?? 3), which forbids tracing until the "
          + "next boot; boot with a value of 2 or less", nil
      )
    case 1... where facts.ownUser != 0 && !facts.mayTrace:
      return (
        "kernel.yama.ptrace_scope is \(facts.ptraceScope ?? 1) and must be 0 to attach to a process "
          + "that hyflame did not launch",
        "\(withSudo), or sudo sysctl kernel.yama.ptrace_scope=0"
      )
    default:
      let user = facts.ownUser == 0 ? "" : "\(withSudo), or in a container "
      return (
        "the process is protected (set-user-id, file capabilities) or a container forbids ptrace",
        "\(user)docker run --cap-add=SYS_PTRACE …"
      )
    }
  }
}
