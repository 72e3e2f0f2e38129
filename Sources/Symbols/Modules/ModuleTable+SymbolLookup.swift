import CLinux
import Glibc
public import SampleTypes

extension ModuleTable: SymbolLookup {
  public var modules: [MappedModule] {
    let executable = executablePath
    let files = mapped.compactMap { byIndex[$0] }.filter { $0.path.hasPrefix("/") }
    let ordered = files.filter { $0.path == executable } + files.filter { $0.path != executable }
    return ordered.map {
      MappedModule(
        path: $0.path, loadBias: $0.loadBias, range: $0.range, writableRanges: $0.writableRanges)
    }
  }

  public func symbol(named name: String, in module: MappedModule) -> AddressRange? {
    guard let loaded = loadedModule(module), let symbol = loaded.symbols.symbol(named: name)
    else { return nil }
    return range(linkAddress: symbol.address, size: symbol.size, in: loaded)
  }

  public func section(named name: String, in module: MappedModule) -> AddressRange? {
    guard let loaded = loadedModule(module), let section = loaded.image?.section(named: name),
      section.address > 0
    else { return nil }
    return range(linkAddress: section.address, size: section.size, in: loaded)
  }

  public func fileBytes(
    at address: RemoteAddress, count: Int, in module: MappedModule
  ) -> [UInt8]? {
    guard let loaded = loadedModule(module) else { return nil }
    return loaded.image?.bytes(
      atLinkAddress: loaded.linkAddress(of: address.rawValue), count: count)
  }

  /// True if the constants of the module's file hold a text.
  public func constants(of module: MappedModule, contain text: String) -> Bool {
    guard let image = loadedModule(module)?.image, let section = image.section(named: ".rodata"),
      image.isReadable(section, upTo: ReadingBounds.constants, as: .symbols),
      let bytes = image.transientBytes(
        at: section.fileOffset, count: Int(image.available(section)))
    else { return false }
    let sought = Array(text.utf8)
    return bytes.withUnsafeBytes { bytes in
      bytes.baseAddress.map { linux_find($0, bytes.count, sought, sought.count) != nil } ?? false
    }
  }

  private func range(linkAddress: UInt64, size: UInt64, in module: LoadedModule) -> AddressRange {
    let start = module.address(ofLinkAddress: linkAddress)
    return AddressRange(start: RemoteAddress(start), end: RemoteAddress(start &+ size))
  }

  private func loadedModule(_ module: MappedModule) -> LoadedModule? {
    mapped.lazy.compactMap { self.byIndex[$0] }
      .first { $0.path == module.path && $0.loadBias == module.loadBias }
  }

  /// Of the process, or of the lowest module where there is no process to ask.
  private var executablePath: String? {
    guard let processID else { return mapped.first.flatMap { byIndex[$0]?.path } }
    let target = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, initialized in
      buffer.withMemoryRebound(to: CChar.self) { bytes in
        guard let start = bytes.baseAddress else { return }
        initialized = max(0, readlink("/proc/\(processID)/exe", start, bytes.count))
      }
    }
    guard !target.isEmpty else { return nil }
    let path = String(decoding: target, as: UTF8.self)
    return path.hasSuffix(" (deleted)") ? String(path.dropLast(" (deleted)".count)) : path
  }
}
