import Foundation
import Testing

@Suite struct LinkTests {
  /// Foundation costs 12 MB and half of the start-up time; a dependency can bring it in unnoticed.
  @Test func foundationIsNotLoaded() throws {
    let run = try Hyflame(shell: "ldd \"$HYFLAME\"", in: WorkingDirectory())
    #expect(run.status == 0)
    #expect(run.output.contains("libc.so"))
    #expect(!run.output.contains("libFoundation.so"))
  }
}
