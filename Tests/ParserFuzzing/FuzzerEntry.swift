import Glibc

/// The parser that `HYFLAME_FUZZED_PARSER` names; libFuzzer knows no targets of one program.
private let parser: FuzzedParser = {
  let name = getenv("HYFLAME_FUZZED_PARSER").map { String(cString: $0) } ?? ""
  guard let parser = FuzzedParser(rawValue: name) else {
    let names = FuzzedParser.allCases.map(\.rawValue).joined(separator: " ")
    fatalError("HYFLAME_FUZZED_PARSER is one of \(names)")
  }
  return parser
}()

/// What libFuzzer's own `main` calls with each input (llvm.org/docs/LibFuzzer.html).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  parser.parse(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
