import SampleTypes
import Testing

@testable import CPython
@testable import Recorder

/// What a forked process inherits is shared with its parent, however often that forks.
@Suite struct InheritedCodeTests {
  private let fingerprint: CodeFingerprint

  init() throws {
    let version = PythonVersion(major: 3, minor: 12, micro: 1)
    let layout = try #require(Layout.table(for: version))
    let bytes = [UInt8](repeating: 0, count: layout.fingerprintRange.count)
    fingerprint = try #require(bytes.withUnsafeBytes { CodeFingerprint($0, layout: layout) })
  }

  private func entries(_ numbers: [UInt64: Int32]) -> [RemoteAddress: CodeObjectTable.Entry] {
    let object = CodeObject(
      qualifiedName: "f", fileName: "f.py", firstLine: 1, isInitTrampoline: false,
      lineTable: LineTable(encoding: .locations, bytes: []))
    var entries: [RemoteAddress: CodeObjectTable.Entry] = [:]
    for (address, number) in numbers {
      entries[RemoteAddress(address)] = CodeObjectTable.Entry(
        number: number, object: object, fingerprint: fingerprint, checkedPass: 7)
    }
    return entries
  }

  @Test func theNewestCounts() {
    var code = InheritedCode()
    #expect(code[RemoteAddress(0x10)] == nil)
    code.add(entries([0x10: 1, 0x20: 2]))
    let child = code
    code.add(entries([0x10: 3]))
    #expect(code[RemoteAddress(0x10)]?.number == 3)
    #expect(code[RemoteAddress(0x20)]?.number == 2)
    #expect(child[RemoteAddress(0x10)]?.number == 1)
    #expect(
      child[RemoteAddress(0x10)]?.checkedPass == -1, "what the parent has checked is unchecked here"
    )
  }

  @Test func whatIsRemovedStaysSoUntilItIsKnownAgain() {
    var code = InheritedCode()
    code.add(entries([0x10: 1, 0x20: 2]))
    code.remove(RemoteAddress(0x10))
    #expect(code[RemoteAddress(0x10)] == nil)
    code.add([:])
    #expect(code[RemoteAddress(0x10)] == nil)
    #expect(code[RemoteAddress(0x20)]?.number == 2)
    code.remove(RemoteAddress(0x20))
    code.add(entries([0x20: 5]))
    #expect(code[RemoteAddress(0x20)]?.number == 5)
  }

  @Test func manyForksAddOnlyWhatIsNew() {
    var code = InheritedCode()
    for fork in 0..<100 {
      code.add(entries([0x1000 + UInt64(fork): Int32(fork), 0x10: -2]))
    }
    #expect(code.layerCount <= 9)
    #expect((0..<100).allSatisfy { code[RemoteAddress(0x1000 + UInt64($0))]?.number == Int32($0) })
    let before = code.layerCount
    for _ in 0..<100 { code.add(entries([0x1005: 5, 0x10: -2])) }
    #expect(code.layerCount == before)
  }
}
