public import SampleTypes

extension ModuleTable: SymbolLookup {
  public var modules: [MappedModule] { [] }

  public func symbol(named name: String, in module: MappedModule) -> AddressRange? { nil }

  public func section(named name: String, in module: MappedModule) -> AddressRange? { nil }

  public func fileBytes(
    at address: RemoteAddress, count: Int, in module: MappedModule
  ) -> [UInt8]? { nil }
}
