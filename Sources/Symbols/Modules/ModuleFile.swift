import Glibc
import NamedFiles
import SampleTypes

/// A file that a process has mapped, and the ways to open it.
struct ModuleFile: Hashable {
  let path: String
  let device: String
  let inode: UInt64
  let isDeleted: Bool
  /// Nil opens the path as it is.
  let processID: Int32?
  /// On whose behalf files are read that this one, or its path, leads to; nil: on our own.
  let reader: FileReader?
  /// One of its mappings.
  let mapping: AddressRange

  init(_ mapping: MemoryMap.Mapping, processID: Int32?, reader: FileReader? = nil) {
    path = mapping.path
    device = mapping.device
    inode = mapping.inode
    isDeleted = mapping.isDeleted
    self.mapping = mapping.range
    self.processID = processID
    self.reader = reader
  }

  /// Two mappings show the same file if these agree.
  struct Identity: Hashable {
    var path: String
    var device: String
    var inode: UInt64
  }

  var identity: Identity { Identity(path: path, device: device, inode: inode) }

  /// The directory that stands for `/` of the target; empty where that is ours.
  private var root: String { processID.map { "/proc/\($0)/root" } ?? "" }

  /// Where debug files may be: the target's root, then ours.
  var debugRoots: [String] { processID == nil ? [""] : [root, ""] }

  /// Opens exactly the mapped file through `map_files` where we may (CAP_CHECKPOINT_RESTORE or
  /// CAP_SYS_ADMIN, proc_pid_map_files(5)), else by its path in the target's root, or as the
  /// process's executable. A path may name another file by now, so what it leads to counts only
  /// if `isMapped` finds that it is the one.
  func open(isMapped: (OpenFile) -> Bool) throws(ElfError) -> OpenFile {
    if let processID {
      let start = String(mapping.start.rawValue, radix: 16)
      let end = String(mapping.end.rawValue, radix: 16)
      let link = "/proc/\(processID)/map_files/\(start)-\(end)"
      if let file = try? OpenFile(behindKernelsLink: link) { return file }
    }
    var failure = ElfError.cannotOpen(errno: ENOENT)
    for place in places {
      do throws(ElfError) {
        let file =
          switch place {
          case .path: try OpenFile(path: path, root: root, as: reader)
          case .executable(let link): try OpenFile(behindKernelsLink: link)
          }
        if processID == nil || hasNumbers(of: file) || isMapped(file) { return file }
        failure = .replaced
      } catch {
        if failure != .replaced { failure = error }
      }
    }
    throw failure
  }

  private enum Place {
    case path
    case executable(link: String)
  }

  private var places: [Place] {
    let executable = processID.map { [Place.executable(link: "/proc/\($0)/exe")] } ?? []
    return isDeleted ? executable : [.path] + executable
  }

  /// True if device and inode are those of the mapping. On an overlay the memory map names the
  /// layer's file, so that they need not agree (Linux before 6.8, Documentation/filesystems/overlayfs).
  private func hasNumbers(of file: OpenFile) -> Bool {
    let parts = device.split(separator: ":").compactMap { UInt64($0, radix: 16) }
    guard parts.count == 2, file.identity.inode == inode else { return false }
    return Self.numbers(file.identity.device) == (parts[0], parts[1])
  }

  /// Major and minor number (glibc, sys/sysmacros.h, which Swift does not see).
  private static func numbers(_ device: UInt64) -> (UInt64, UInt64) {
    (device >> 8 & 0xfff | device >> 32 & ~0xfff, device & 0xff | device >> 12 & ~0xff)
  }
}
