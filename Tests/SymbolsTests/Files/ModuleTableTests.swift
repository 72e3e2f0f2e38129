import Foundation
import SampleTypes
import Testing

@testable import Symbols

struct ModuleTableTests {
  /// Our own process as the target: what the dynamic linker knows must be what we find.
  @Test func ownModulesAreFound() throws {
    let table = ModuleTable(ownMap(), processID: getpid(), readMemory: ownMemory)
    let expected = ["qsort", "pthread_create", "inflate", "elf_begin"]
    var found = 0
    for name in expected {
      // RTLD_DEFAULT is a null handle.
      guard let address = dlsym(nil, name).map({ UInt64(UInt(bitPattern: $0)) }) else { continue }
      let module = try #require(table.module(containing: address))
      let function = module.function(at: module.linkAddress(of: address))
      #expect(function.isSymbol)
      #expect(module.address(ofLinkAddress: function.start) == address)
      #expect(module.symbols.symbol(named: name)?.address == function.start)
      found += 1
    }
    #expect(found >= 2)
    #expect(table.module(containing: 0) == nil)
    #expect(table.module(containing: .max) == nil)
    #expect(!table.isExecutable(0x1000))
  }

  @Test func mainExecutableComesFirstAndLookupsCarryTheBias() throws {
    let table = ModuleTable(ownMap(), processID: getpid())
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    #expect(table.modules.first?.path == executable)
    let libc = try #require(table.modules.first { $0.name.hasPrefix("libc.so") })
    let environment = try #require(table.symbol(named: "environ", in: libc))
    let address = dlsym(nil, "qsort").map { UInt64(UInt(bitPattern: $0)) }
    #expect(table.symbol(named: "qsort", in: libc)?.start.rawValue == address)
    #expect(libc.range.contains(environment.start))
    #expect(libc.writableRanges.contains { $0.contains(environment.start) })
    let text = try #require(table.section(named: ".text", in: libc))
    let bytes = try #require(table.fileBytes(at: text.start, count: 64, in: libc))
    #expect(bytes == ownMemory(AddressRange(start: text.start, end: text.start + 64)))
    #expect(table.symbol(named: "no such symbol", in: libc) == nil)
  }

  @Test func vdsoIsReadFromMemory() throws {
    let table = ModuleTable(ownMap(), processID: getpid(), readMemory: ownMemory)
    guard let vdso = table.loadedModules.first(where: { $0.path == "[vdso]" }) else {
      try Test.cancel("no vdso in this process")
    }
    let symbol = try #require(vdso.symbols.symbol(named: "__vdso_gettimeofday"))
    #expect(vdso.isExecutable(vdso.address(ofLinkAddress: symbol.address)))
    #expect(vdso.function(at: symbol.address).name.hasSuffix("gettimeofday"))
    #expect(!table.modules.contains { $0.path == "[vdso]" })
  }

  @Test func updatesKeepModulesAndMarkChanges() throws {
    let map = ownMap()
    let table = ModuleTable(map, processID: getpid())
    let generation = table.generation
    let address = try #require(dlsym(nil, "qsort").map { UInt64(UInt(bitPattern: $0)) })
    let module = try #require(table.module(containing: address))
    table.update(map)
    #expect(table.generation == generation)
    #expect(table.module(containing: address) === module)

    let without = MemoryMap(mappings: map.mappings.filter { $0.path != module.path })
    table.update(without)
    #expect(table.generation != generation)
    #expect(table.module(containing: address) == nil)
    table.update(map)
    #expect(table.module(containing: address) === module)

    var jit = try #require(
      map.mappings.last { mapping in
        mapping.path.isEmpty && mapping.isWritable
          && !table.loadedModules.contains { $0.range.contains(mapping.range.start) }
      })
    jit.isExecutable = true
    table.update(MemoryMap(mappings: map.mappings.map { $0.range == jit.range ? jit : $0 }))
    #expect(table.isAnonymousExecutable(jit.range.start.rawValue))
    #expect(!table.isAnonymousExecutable(jit.range.end.rawValue))
    #expect(!table.isAnonymousExecutable(address))
  }

  /// A file mapped twice is two modules with two biases; mapped for reading, it is none.
  @Test func eachCopyOfAFileIsAModule() throws {
    let source = "int answer(void) { return 42; }"
    guard let path = try compiled(source) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = try #require(try ElfImage(path: path).layout.segments.first { $0.isExecutable })
    func code(_ bias: UInt64) -> String {
      let start = bias + text.address
      let size = (text.memorySize + 0xfff) & ~0xfff
      return "\(String(start, radix: 16))-\(String(start + size, radix: 16)) r-xp "
        + "\(String(text.fileOffset, radix: 16)) 08:01 77 \(path)\n"
    }
    let map = MemoryMap(
      parsing: "10000000-10010000 r--p 00000000 08:01 77 \(path)\n" + code(0x2000_0000)
        + code(0x3000_0000))
    let table = ModuleTable(map)
    #expect(table.loadedModules.map(\.loadBias) == [0x2000_0000, 0x3000_0000])
    for module in table.loadedModules {
      let answer = try #require(module.symbols.symbol(named: "answer"))
      let address = module.address(ofLinkAddress: answer.address)
      #expect(table.module(containing: address) === module)
      #expect(module.function(at: answer.address).name == "answer")
    }
    #expect(table.module(containing: 0x1000_0000) == nil)
  }

  /// A program may load ever other modules, or one at ever other addresses.
  @Test func unmappedModulesAreForgottenBeyondALimit() throws {
    func map(_ number: UInt64) -> MemoryMap {
      let start = 0x7f00_0000_0000 + number << 20
      return MemoryMap(
        parsing:
          "\(String(start, radix: 16))-\(String(start + 0x1000, radix: 16)) r-xp 00000000 08:01 "
          + "\(number + 5) /no/such/lib\(number).so\n1000-2000 r-xp 00000000 08:01 4 /no/such/main\n"
      )
    }
    let table = ModuleTable(map(0), limit: 10)
    let main = try #require(table.module(containing: 0x1000))
    for number in 1..<100 {
      table.update(map(UInt64(number)))
      let module = try #require(table.module(containing: 0x7f00_0000_0000 + UInt64(number) << 20))
      #expect(module.path == "/no/such/lib\(number).so")
      #expect(module.index == number + 1)
      #expect(table.loadedModules.count <= 11)
    }
    #expect(table.module(containing: 0x1000) === main)
  }

  @Test func aDeletedFileIsOpenedThroughItsMapping() throws {
    guard let path = try compiled("int answer(void) { return 42; }") else { return }
    let library = dlopen(path, RTLD_NOW)
    try FileManager.default.removeItem(atPath: path)
    let answer = try #require(dlsym(library, "answer"))
    let address = UInt64(UInt(bitPattern: answer))
    let table = ModuleTable(ownMap(), processID: getpid())
    let module = try #require(table.module(containing: address))
    #expect(module.path == path)
    guard module.imageError == nil else {
      try Test.cancel("/proc/PID/map_files may not be opened: \(module.imageError as Any)")
    }
    #expect(module.function(at: module.linkAddress(of: address)).name == "answer")
    #expect(module.buildID != nil)
  }

  @Test func anUnreadableFileStillHasANameAndAPlace() throws {
    let map = MemoryMap(
      parsing: "7f0000001000-7f0000002000 r-xp 00001000 08:01 5 /no/such/lib.so\n")
    let table = ModuleTable(map)
    let module = try #require(table.module(containing: 0x7f00_0000_1234))
    #expect(module.linkAddress(of: 0x7f00_0000_1234) == 0x1234)
    #expect(module.function(at: 0x1234).name == "lib.so+0x1234")
    #expect(module.imageError == .cannotOpen(errno: ENOENT))
    #expect(module.callFrameInfo == nil)
  }

  @Test func codeWithoutSymbolsIsNamedAfterItsFDE() throws {
    let source =
      "int exported(int a) { return a * 3; } static __attribute__((noinline)) int hidden(int a) { return a ? hidden(a / 2) + 1 : 7; } int user(int a) { return hidden(a); }"
    guard let path = try compiled(source, ["-s", "-fno-optimize-sibling-calls"]) else { return }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let image = try ElfImage(path: path)
    let layout = try #require(image.layout.segments.first { $0.isExecutable })
    let map = MemoryMap(
      parsing:
        "\(String(layout.address, radix: 16))-9000 r-xp \(String(layout.fileOffset, radix: 16)) 08:01 5 \(path)"
    )
    let module = try #require(ModuleTable(map).loadedModules.first)
    let exported = try #require(module.symbols.symbol(named: "exported"))
    let user = try #require(module.symbols.symbol(named: "user"))
    let descriptions = try #require(FrameDescriptions(image))
    let text = try #require(image.section(named: ".text"))
    let hidden = try #require(
      (text.address..<text.end).lazy.compactMap { descriptions.range(containing: $0) }
        .first { ![exported.address, user.address].contains($0.start) })
    let names = Set((hidden.start..<hidden.end).map { module.function(at: $0).name })
    #expect(names == ["\(module.name)+0x\(String(hidden.start, radix: 16))"])
    #expect(module.function(at: exported.address + 1).name == "exported")
  }
}
