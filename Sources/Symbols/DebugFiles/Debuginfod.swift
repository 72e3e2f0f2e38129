import Glibc

/// Downloads debug files by build ID, through elfutils' own client (debuginfod(8)).
///
/// The client library is loaded only where a user asks for it: most machines lack it. Servers are
/// those of `DEBUGINFOD_URLS`; downloads are kept in the client's cache.
public final class Debuginfod {
  private typealias Begin = @convention(c) () -> OpaquePointer?
  private typealias Find =
    @convention(c) (
      OpaquePointer?, UnsafePointer<UInt8>, Int32,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> Int32
  private typealias End = @convention(c) (OpaquePointer?) -> Void

  private let client: OpaquePointer
  private let find: Find
  private let end: End

  /// True where the environment names servers.
  private static var hasServers: Bool {
    getenv("DEBUGINFOD_URLS").map { $0.pointee != 0 } ?? false
  }

  /// Fails where no server is named or the client library is missing.
  public init() throws(DebuginfodError) {
    guard Self.hasServers else { throw .noServers }
    guard let library = dlopen("libdebuginfod.so.1", RTLD_NOW),
      let begin = dlsym(library, "debuginfod_begin"),
      let find = dlsym(library, "debuginfod_find_debuginfo"),
      let end = dlsym(library, "debuginfod_end"),
      let client = unsafeBitCast(begin, to: Begin.self)()
    else { throw .noClient }
    self.client = client
    self.find = unsafeBitCast(find, to: Find.self)
    self.end = unsafeBitCast(end, to: End.self)
  }

  deinit { end(client) }

  /// The debug file of a build; nil if no server has it, which servers that answer say of most builds.
  /// May take as long as the network does.
  public func file(buildID: String) throws(DebuginfodError) -> DebugFile? {
    let digits = Array(buildID.utf8)
    guard digits.count % 2 == 0, digits.count >= 4 else { return nil }
    // With a length of 0 the client takes hexadecimal text.
    let descriptor = buildID.withCString { text in
      text.withMemoryRebound(to: UInt8.self, capacity: digits.count + 1) {
        find(client, $0, 0, nil)
      }
    }
    if descriptor < 0, descriptor != -ENOENT { throw .noAnswer(errno: -descriptor) }
    guard descriptor >= 0, let file = try? OpenFile(owning: descriptor),
      let image = try? ElfImage(file: file), image.buildID == buildID
    else { return nil }
    return DebugFile(file)
  }
}
