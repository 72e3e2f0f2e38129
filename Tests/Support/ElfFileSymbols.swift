import Foundation
public import SampleTypes

/// Symbols and sections of a live process, read from its mapped ELF files: a small, slow reader of
/// its own, so that what is tested with it does not depend on the product's.
public struct ElfFileSymbols: SymbolLookup {
  public let modules: [MappedModule]
  /// Names that are to be reported as missing, as if the file were stripped of them.
  public var hidden: Set<String> = []
  private var images: [String: ElfFile] = [:]

  public init(pid: Int32) throws {
    let text = Self.procText("/proc/\(pid)/maps")
    let mappings = MemoryMap(parsing: text).mappings
    let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    var paths: [String] = []
    for mapping in mappings where mapping.isFile && mapping.isExecutable {
      if !paths.contains(mapping.path) { paths.append(mapping.path) }
    }
    if let index = paths.firstIndex(where: { $0 == executable }) {
      paths.insert(paths.remove(at: index), at: 0)
    }
    var images: [String: ElfFile] = [:]
    modules = paths.compactMap { path in
      guard let image = ElfFile(path: path) else { return nil }
      images[path] = image
      return Self.module(path, image, mappings)
    }
    self.images = images
  }

  /// Foundation takes the first short read of a proc file for its end.
  private static func procText(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &block, block.count), count > 0 {
      text += block[..<count]
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func module(
    _ path: String, _ image: ElfFile, _ mappings: [MemoryMap.Mapping]
  ) -> MappedModule {
    let own = mappings.filter { $0.path == path }
    var writable = own.filter(\.isWritable).map(\.range)
    let end = own.map(\.range.end).max()!
    // `.bss` is anonymous memory that follows the file's last mapping.
    writable += mappings.filter { $0.path.isEmpty && $0.isWritable && $0.range.start == end }
      .map(\.range)
    return MappedModule(
      path: path, loadBias: own[0].range.start.rawValue - image.lowestAddress,
      range: AddressRange(start: own[0].range.start, end: end), writableRanges: writable)
  }

  public mutating func symbol(named name: String, in module: MappedModule) -> AddressRange? {
    guard !hidden.contains(name), let image = images[module.path],
      let symbol = image.symbols[name]
    else { return nil }
    return range(symbol, module)
  }

  public mutating func section(named name: String, in module: MappedModule) -> AddressRange? {
    guard !hidden.contains(name), let image = images[module.path],
      let section = image.sections.first(where: { $0.name == name && $0.address != 0 })
    else { return nil }
    return range((section.address, section.size), module)
  }

  public mutating func fileBytes(
    at address: RemoteAddress, count: Int, in module: MappedModule
  ) -> [UInt8]? {
    images[module.path]?.bytes(at: address.rawValue - module.loadBias, count: count)
  }

  private func range(_ place: (UInt64, UInt64), _ module: MappedModule) -> AddressRange {
    let start = RemoteAddress(place.0 &+ module.loadBias)
    return AddressRange(start: start, end: start + Int(place.1))
  }
}

/// The few tables of a 64-bit ELF file (elf(5)) that the tests need; it trusts the file.
private struct ElfFile {
  struct Section {
    var name: String
    var type: UInt32
    var address: UInt64
    var offset: Int
    var size: UInt64
    var link: Int
  }

  let data: Data
  let lowestAddress: UInt64
  var sections: [Section] = []
  var symbols: [String: (UInt64, UInt64)] = [:]

  init?(path: String) {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe),
      data.count > 64, data.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2])
    else { return nil }
    self.data = data
    let programs = Int(Self.value(data, 32, UInt64.self))
    let loads = (0..<Int(Self.value(data, 56, UInt16.self))).map { programs + 56 * $0 }
      .filter { Self.value(data, $0, UInt32.self) == 1 }
    lowestAddress = (loads.map { Self.value(data, $0 + 16, UInt64.self) }.min() ?? 0) & ~0xfff
    readSections()
    // `.dynsym` (11) wins over `.symtab` (2).
    for type in [UInt32(2), 11] {
      for section in sections where section.type == type { readSymbols(section) }
    }
  }

  private mutating func readSections() {
    let table = Int(Self.value(data, 40, UInt64.self))
    let count = Int(Self.value(data, 60, UInt16.self))
    guard table != 0, count > 0 else { return }
    let names = table + 64 * Int(Self.value(data, 62, UInt16.self))
    let strings = Int(Self.value(data, names + 24, UInt64.self))
    sections = (0..<count).map { index in
      let header = table + 64 * index
      return Section(
        name: text(strings + Int(Self.value(data, header, UInt32.self))),
        type: Self.value(data, header + 4, UInt32.self),
        address: Self.value(data, header + 16, UInt64.self),
        offset: Int(Self.value(data, header + 24, UInt64.self)),
        size: Self.value(data, header + 32, UInt64.self),
        link: Int(Self.value(data, header + 40, UInt32.self)))
    }
  }

  /// Only the names that the reader asks for: a `libpython` has tens of thousands.
  private mutating func readSymbols(_ section: Section) {
    let strings = sections[section.link].offset
    for offset in stride(from: section.offset, to: section.offset + Int(section.size), by: 24) {
      let name = strings + Int(Self.value(data, offset, UInt32.self))
      guard data[name] == UInt8(ascii: "P") || data[name] == UInt8(ascii: "_"),
        Self.value(data, offset + 6, UInt16.self) != 0
      else { continue }
      symbols[text(name)] = (
        Self.value(data, offset + 8, UInt64.self), Self.value(data, offset + 16, UInt64.self)
      )
    }
  }

  /// Bytes of the file that are mapped at a link-time address.
  func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    // 8 is SHT_NOBITS: no bytes in the file.
    guard
      let section = sections.first(where: {
        $0.type != 8 && $0.address != 0 && $0.address <= address && address < $0.address + $0.size
      })
    else { return nil }
    let start = section.offset + Int(address - section.address)
    let available = section.offset + Int(section.size) - start
    return Array(data[start..<start + min(count, available)])
  }

  private func text(_ offset: Int) -> String {
    let end = data[offset...].firstIndex(of: 0) ?? data.endIndex
    return String(decoding: data[offset..<end], as: UTF8.self)
  }

  private static func value<T: FixedWidthInteger & BitwiseCopyable>(
    _ data: Data, _ offset: Int, _ type: T.Type
  ) -> T {
    data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
  }
}
