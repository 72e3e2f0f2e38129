import Foundation
import SampleTypes
import Testing

@testable import Symbols

/// A path that names another file than the one that is mapped.
struct ReplacedFileTests {
  private func library(_ name: String, at path: String) throws -> Bool {
    guard let made = try compiled("int \(name)(void) { return 42; }") else { return false }
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: made, toPath: path)
    return true
  }

  private func address(_ name: String, in path: String) throws -> UInt64 {
    let library = dlopen(path, RTLD_NOW)
    return try #require(dlsym(library, name).map { UInt64(UInt(bitPattern: $0)) })
  }

  @Test func twoVersionsOfOnePathAreToldApart() throws {
    let directory = NSTemporaryDirectory() + "hyflame-versions-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/libversion.so"
    guard try library("first", at: path) else { return }
    let first = try address("first", in: path)
    // The map is read while the first version still has its path, as a recorder does.
    let table = ModuleTable(ownMap(), processID: getpid(), readMemory: ownMemory)
    guard try library("second", at: path) else { return }
    // The dynamic linker takes equal paths for equal files.
    let second = try address("second", in: directory + "/./libversion.so")
    table.update(ownMap(), readMemory: ownMemory)
    let modules = try [first, second].map { try #require(table.module(containing: $0)) }
    #expect(modules[0] !== modules[1])
    #expect(modules[0].buildID != nil && modules[0].buildID != modules[1].buildID)
    #expect(modules.map(\.name) == ["libversion.so", "libversion.so"])
    #expect(modules[0].function(at: modules[0].linkAddress(of: first)).name == "first")
    #expect(modules[1].function(at: modules[1].linkAddress(of: second)).name == "second")
  }

  /// Where `map_files` may not be opened, the file of that path is compared with memory.
  @Test func aReplacedFileIsNotTakenForTheMappedOne() throws {
    let path = NSTemporaryDirectory() + "hyflame-replaced-\(UUID().uuidString).so"
    defer { try? FileManager.default.removeItem(atPath: path) }
    guard try library("first", at: path) else { return }
    let address = try address("first", in: path)
    guard try library("second", at: path) else { return }
    var mappings = ownMap().mappings.filter { $0.path == path }
    try #require(!mappings.isEmpty)
    for index in mappings.indices {
      // As if the mapping were there, but neither `map_files` nor a matching inode.
      mappings[index].isDeleted = false
      mappings[index].device = "00:00"
    }
    let table = ModuleTable(
      MemoryMap(mappings: mappings), processID: getpid(), readMemory: ownMemory)
    let module = try #require(table.module(containing: address))
    guard module.imageError != nil else {
      // Root may open the mapping itself, whatever has its path.
      #expect(module.function(at: module.linkAddress(of: address)).name == "first")
      return print("NOTE: map_files may be opened here")
    }
    #expect(module.imageError == .replaced)
  }

  @Test func aFileIsReadThoughItsPathIsGone() throws {
    let path = NSTemporaryDirectory() + "hyflame-gone-\(UUID().uuidString).so"
    guard try library("stays", at: path) else { return }
    let address = try address("stays", in: path)
    let map = ownMap()
    // No process: neither `map_files` nor a root to open it through later.
    let table = ModuleTable(map)
    try FileManager.default.removeItem(atPath: path)
    let module = try #require(table.module(containing: address))
    #expect(module.function(at: module.linkAddress(of: address)).name == "stays")
  }
}

/// Our own memory map, as a target's.
func ownMap() -> MemoryMap {
  // /proc files give one page at a time, which FileHandle takes for the end.
  var text = ""
  guard let file = fopen("/proc/self/maps", "r") else { return MemoryMap(mappings: []) }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 8192)
  while fgets(&line, Int32(line.count), file) != nil {
    text += String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
  return MemoryMap(parsing: text)
}

func ownMemory(_ range: AddressRange) -> [UInt8]? {
  guard let start = UnsafeRawPointer(bitPattern: UInt(range.start.rawValue)) else { return nil }
  return Array(UnsafeRawBufferPointer(start: start, count: range.count))
}
