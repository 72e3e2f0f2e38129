import Foundation
import Testing

/// Runs a command of the system and gives its output; cancels the test if there is no such command.
func output(of arguments: [String]) throws -> String? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  // env(1): 127 means that the command was not found.
  guard process.terminationStatus != 127 else {
    try Test.cancel("no \(arguments[0])")
  }
  return String(decoding: data, as: UTF8.self)
}

/// The real files that the tests compare on; those that are missing are named and left out.
let libraries: [String] = {
  let home = ProcessInfo.processInfo.environment["HOME"] ?? ""
  let candidates = [
    "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libz.so.1",
    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
    "\(home)/.pyenv/versions/3.12.1/lib/libpython3.12.so.1.0", "/usr/bin/python3",
  ]
  return candidates.filter { path in
    let exists = FileManager.default.fileExists(atPath: path)
    if !exists { print("not compared, as it is not here: \(path)") }
    return exists
  }
}()

/// Makes a shared object of C source; nil without a compiler.
func compiled(_ source: String, _ flags: [String] = []) throws -> String? {
  let base = NSTemporaryDirectory() + "hyflame-symbols-\(UUID().uuidString)"
  try source.write(toFile: base + ".c", atomically: true, encoding: .utf8)
  defer { try? FileManager.default.removeItem(atPath: base + ".c") }
  guard
    try output(of: ["gcc", "-shared", "-fPIC", "-O1"] + flags + ["-o", base + ".so", base + ".c"])
      != nil, FileManager.default.fileExists(atPath: base + ".so")
  else { return nil }
  return base + ".so"
}
