/// A function of the profile, or a group by its name.
struct ExportedFunction: Hashable {
  var function: Int32
  var name: String
}
