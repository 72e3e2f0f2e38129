/// What makes two sightings of a module the same module.
struct ModulePlace: Hashable {
  var file: ModuleFile.Identity
  var loadBias: UInt64
}
