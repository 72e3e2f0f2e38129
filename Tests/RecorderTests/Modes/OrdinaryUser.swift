import Foundation
import Support
import Testing

/// A user without privileges, with copies of `hyflame` and of the test programs that are readable to
/// everybody. Made by root; without root there is none.
struct OrdinaryUser {
  let name: String
  private let number: Int
  /// Owned by the user.
  let directory: String
  let hyflame: String
  let programs: String
  let python: Interpreter

  /// `nobody` of Debian, and a number that no account has.
  static let first = OrdinaryUser(name: "an ordinary user", number: 65534)
  static let second = OrdinaryUser(name: "another ordinary user", number: 64999)

  /// Cancels the test where there is none.
  static func required(_ user: OrdinaryUser? = first) throws -> OrdinaryUser {
    guard let user else {
      try Test.cancel(
        "it takes root, setpriv and the system's Python: ordinary users are not tested")
    }
    return user
  }

  private init?(name: String, number: Int) {
    let files = FileManager.default
    guard geteuid() == 0, files.isExecutableFile(atPath: "/usr/bin/setpriv"),
      // Others may lie where only root may go.
      files.isExecutableFile(atPath: "/usr/bin/python3"),
      let place = try? temporaryPath("user-\(number)")
    else { return nil }
    (self.name, self.number) = (name, number)
    python = Interpreter(path: "/usr/bin/python3")
    directory = place
    hyflame = place + "/hyflame"
    programs = place + "/Programs"
    do {
      try files.createDirectory(atPath: place, withIntermediateDirectories: true)
      // A copy, not a link: capabilities are the file's.
      try files.copyItem(atPath: HyflameProcess.path, toPath: hyflame)
      try files.copyItem(atPath: TestProgram.directory, toPath: programs)
    } catch { return nil }
    var parent = (place as NSString).deletingLastPathComponent
    while parent != "/", parent != "/tmp" {
      chmod(parent, 0o755)
      parent = (parent as NSString).deletingLastPathComponent
    }
    chmod(hyflame, 0o755)
    chown(place, uid_t(number), gid_t(number))
  }

  /// What turns a command into one of this user. `limits` are options of prlimit(1).
  func launcher(limits: [String] = [], denying calls: String? = nil) -> [String] {
    let user = ["--reuid=\(number)", "--regid=\(number)", "--clear-groups"]
    let limit = limits.isEmpty ? [] : ["/usr/bin/prlimit"] + limits
    let filter = calls.map { ["/usr/bin/python3", programs + "/deny.py", $0] } ?? []
    return limit + ["/usr/bin/setpriv"] + user + filter
  }

  /// A program of this user that is ready to work.
  func start(_ program: String, _ arguments: [String]) throws -> TestProgram {
    try TestProgram(python, program, arguments, launcher: launcher(), in: programs)
  }

  /// Runs `hyflame` as this user.
  func run(
    _ arguments: [String], limits: [String] = [], denying calls: String? = nil
  ) throws -> HyflameProcess.Result {
    try HyflameProcess(
      arguments, launcher: launcher(limits: limits, denying: calls), binary: hyflame
    ).wait()
  }

  func path(_ name: String) -> String { "\(directory)/\(UUID().uuidString)-\(name)" }
}
