/// The files that processes have mapped, each opened once however many map it.
///
/// For one thread at a time.
public final class ModuleFiles {
  /// More are not kept: whoever maps them reads them for itself.
  private static let limit = 4096

  private var surveyed: [ModuleFile.Identity: SurveyedFile] = [:]
  private var contents: [ModuleFile.Identity: ModuleContents] = [:]
  private var keptOpen = 0

  public init() {}

  /// What is known of a file that one process has mapped, and so of any other's.
  func survey(
    _ file: ModuleFile, _ survey: (_ mayKeep: Bool) -> Result<SurveyedFile, ElfError>
  ) -> Result<SurveyedFile, ElfError> {
    if let known = surveyed[file.identity] { return .success(known) }
    let result = survey(keptOpen < SurveyedFile.limit)
    // Why it failed may hold for this process only.
    if case .success(let new) = result, surveyed.count < Self.limit {
      surveyed[file.identity] = new
      if new.file != nil { keptOpen += 1 }
    }
    return result
  }

  /// What a module's file holds. Only of a file that is kept open is it certain that no other one
  /// got its numbers.
  func contents(of source: ModuleSource) -> ModuleContents {
    guard case .file(let file, _?) = source, surveyed[file.identity] != nil else {
      return ModuleContents(source)
    }
    if let known = contents[file.identity] { return known }
    let new = ModuleContents(source)
    contents[file.identity] = new
    return new
  }
}
