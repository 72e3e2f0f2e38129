import Glibc
import SampleTypes

/// A file that a process has mapped, and the ways to open it.
struct ModuleFile: Hashable {
  let path: String
  let device: String
  let inode: UInt64
  let isDeleted: Bool
  /// Nil opens the path as it is.
  let processID: Int32?
  /// One of its mappings.
  let mapping: AddressRange

  init(_ mapping: MemoryMap.Mapping, processID: Int32?) {
    path = mapping.path
    device = mapping.device
    inode = mapping.inode
    isDeleted = mapping.isDeleted
    self.mapping = mapping.range
    self.processID = processID
  }

  /// Two mappings show the same file if these agree.
  struct Identity: Hashable {
    var path: String
    var device: String
    var inode: UInt64
  }

  var identity: Identity { Identity(path: path, device: device, inode: inode) }

  /// Directories that stand for `/` of the target, then our own.
  var roots: [String] { processID.map { ["/proc/\($0)/root", ""] } ?? [""] }

  /// Opens exactly the mapped file through `map_files` where we may (CAP_CHECKPOINT_RESTORE or
  /// CAP_SYS_ADMIN, proc_pid_map_files(5)), else by its path in the target's root. A deleted
  /// file's path is never opened: it names another file now.
  func open() throws(ElfError) -> OpenFile {
    var failure = ElfError.cannotOpen(errno: ENOENT)
    for path in candidatePaths {
      do throws(ElfError) {
        return try OpenFile(path: path)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private var candidatePaths: [String] {
    var paths: [String] = []
    if let processID {
      let start = String(mapping.start.rawValue, radix: 16)
      let end = String(mapping.end.rawValue, radix: 16)
      paths.append("/proc/\(processID)/map_files/\(start)-\(end)")
    }
    if !isDeleted { paths += roots.map { $0 + path } }
    return paths
  }
}
