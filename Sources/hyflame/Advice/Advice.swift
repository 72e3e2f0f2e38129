import Glibc
import LinuxIO
import Recorder
import RecordingFile

// Each error as one sentence: what failed, the value found, the value needed, what to type.

extension CommandFailure {
  init(_ error: RecordingError, plan: RecordingPlan) {
    let target: Int32 = if case .attach(let pid) = plan.target { pid } else { 0 }
    self.init(error, output: plan.output, facts: .current(pid: target))
  }

  /// `facts` matters to refused permissions only.
  init(_ error: RecordingError, output: String, facts: PermissionFacts) {
    switch error {
    case .noSuchProcess(let pid):
      self.init(
        "there is no process \(pid); to list those that run Python: pgrep -a python",
        status: ExitStatus.noTarget)
    case .hasEnded(let pid, let parent):
      self.init(
        """
        process \(pid) has ended (it is a zombie that its parent PID \(parent) has not reaped), so there \
        is nothing to record; to see its parent: ps -fp \(parent)
        """, status: ExitStatus.noTarget)
    case .executing(let pid):
      self.init(
        """
        process \(pid) was between two programs (execve) whenever it was looked at; to try again: \
        hyflame record -p \(pid)
        """)
    case .notPython(let pid, let executable):
      self.init(
        """
        process \(pid) (\(executable)) runs no CPython, which hyflame needs; to look for Python \
        among its children: pgrep -a -P \(pid)
        """, status: ExitStatus.noTarget)
    case .unsupportedPython(let pid, let version):
      self.init(
        """
        process \(pid) runs CPython \(version), whose data hyflame \(hyflameVersion) cannot read (it \
        knows \(KnownPythons.words)); to record native frames alone: hyflame record --native-only -p \(pid)
        """, status: ExitStatus.noTarget)
    case .inconsistentPython(let pid, let version, let contradiction):
      self.init(
        """
        the data of process \(pid) are not those of CPython \(version), which it seems to be: \
        \(contradiction); to record native frames alone: hyflame record --native-only -p \(pid)
        """, status: ExitStatus.noTarget)
    case .notPermitted(let pid, let call, let errno, let paranoid):
      self = .notPermitted(
        pid: pid, call: call, errno: errno, paranoid: paranoid ?? facts.paranoid,
        facts: facts)
    case .alreadyTraced(let pid, let tracer):
      self.init(
        """
        process \(pid) is traced by process \(tracer) already (a debugger, strace or a profiler), \
        and a process has one tracer at a time: --capture read needs none; to see which: ps -fp \(tracer)
        """, status: ExitStatus.notPermitted)
    case .kernelCaptureRefused(let errno):
      let isPermission = errno == EPERM || errno == EACCES
      self.init(
        """
        the kernel does not take the program that samples inside it: \(String(errorNumber: errno)); \
        it needs CAP_BPF and CAP_PERFMON (root has them) and Linux 5.17 or later; without it: \
        --capture stop
        """, status: isPermission ? ExitStatus.notPermitted : ExitStatus.failure)
    case .tooFewFiles(let limit):
      self.init(
        """
        no thread can be sampled: each takes up to four open files, and ulimit -Hn allows \(limit) in \
        all; ulimit -n 65536, as root or in limits.conf(5)
        """, status: ExitStatus.notPermitted)
    case .cannotLaunch(let command, let errno):
      self.init(Self.cannotLaunch(command, errno: errno))
    case .outputExists(let path): self.init(.outputExists(path: path))
    case .outputUnwritable(let path, let errno): self.init(.unwritable(path: path, errno: errno))
    case .noSamples(let commandStatus?, _):
      self.init(
        """
        no samples: the command ended before one was taken, so \(output) was not written; -r 10k takes \
        more of them
        """, status: ExitStatus.ofCommand(waitStatus: commandStatus))
    case .noSamples(nil, _):
      self.init(
        """
        no samples: no thread of the target used the CPU while it was recorded, so \(output) was \
        not written; record for longer or while it works
        """, status: ExitStatus.noSamples)
    case .aborted:
      self.init(
        "aborted; what was sampled until the last second is in \(output)",
        status: ExitStatus.aborted)
    case .stoppedEarly:
      self.init(
        "stopped by a signal before anything was recorded; \(output) was not written",
        status: ExitStatus.aborted)
    case .noThread(let errno):
      self.init(
        """
        no thread can be made: \(String(errorNumber: errno)); hyflame needs a few, and ulimit -u, the \
        pids limit of a container (docker run --pids-limit) or its seccomp filter decides how many
        """)
    case .outputDisturbed(let path, let rescue): self.init(.disturbed(path: path, rescue: rescue))
    case .filteredTarget(let pid):
      self.init(
        """
        process \(pid) has a seccomp filter of its own, which may kill it while it is traced: where the filter \
        does not allow restart_syscall(2), a signal that the process ignores is enough; if it does: --capture stop
        """, status: ExitStatus.notPermitted)
    case .noProcFiles:
      self.init(
        """
        there is no /proc here, and hyflame learns from it what a process maps and runs; \
        mount -t proc proc /proc
        """)
    case .foreignProcFiles(let number):
      let name = number.map { "calls this process \($0)" } ?? "does not know this process"
      self.init(
        """
        the /proc here is another PID namespace's (it \(name), and it is \(getpid())), so that numbers in it \
        mean other processes; mount -t proc proc /proc
        """)
    case .system(let call, let errno):
      self.init("\(call.rawValue) failed: \(String(errorNumber: errno))")
    }
  }

  private static func cannotLaunch(_ command: String, errno: Int32) -> String {
    let reason = "cannot launch '\(command)': \(String(errorNumber: errno))"
    switch errno {
    case ENOENT where !command.contains("/"):
      return reason + "; no directory of PATH holds it: give its full path"
    case EACCES: return reason + "; to let it be executed: chmod +x \(command.shellQuoted)"
    case ENOEXEC:
      return reason + "; name its interpreter: hyflame record -- python3 \(command.shellQuoted)"
    default: return reason
    }
  }
}
