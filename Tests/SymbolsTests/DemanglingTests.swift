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
}
