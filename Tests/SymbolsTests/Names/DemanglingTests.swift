import Foundation
import Testing

@testable import Symbols

struct DemanglingTests {
  @Test(arguments: [
    ("main", "main"),
    ("_ZN5torch4sortERKNS_6TensorE", "torch::sort(torch::Tensor const&)"),
    (
      "_ZNSt6vectorIiSaIiEE9push_backERKi",
      "std::vector<int, std::allocator<int> >::push_back(int const&)"
    ),
    ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
    (
      "_ZN50_$LT$T$u20$as$u20$core..convert..Into$LT$U$GT$$GT$4into17h0a1b2c3d4e5f6071E",
      "<T as core::convert::Into<U>>::into"
    ),
    ("_ZN3foo", "_ZN3foo"),
    ("_Z", "_Z"),
    ("_ZN1a1hE", "a::h"),
  ])
  func names(symbol: String, expected: String) {
    #expect(demangled(symbol) == expected)
  }

  @Test func anAbsurdlyLongNameIsLeftAlone() {
    let symbol = "_Z" + String(repeating: "N1a", count: 5000)
    #expect(demangled(symbol) == symbol)
  }

  /// Substitutions of substitutions: each level doubles the name, which would be half a gigabyte.
  @Test func aNameThatGrowsBeyondMeasureIsGivenUp() throws {
    var symbol = "_Z1f1AIiiE"
    for level in 0..<24 {
      let number = String(level, radix: 36, uppercase: true)
      symbol += "S_IS\(number)_S\(number)_E"
    }
    #expect(symbol.utf8.count < 260)
    #expect(demangled("_Z1f1AIiiES_IS0_S0_E") == "f(A<int, int>, A<A<int, int>, A<int, int> >)")
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let before = try peakBytes()
    #expect(demangled(symbol) == symbol)
    // Other tests run beside this one.
    #expect(try peakBytes() - before < 128 << 20)
  }

  /// Most memory that the process had at once.
  private func peakBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(
      line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) })
      << 10
  }
}
