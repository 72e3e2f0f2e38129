import Support
import Testing

@testable import Exporters

struct NumberTextTests {
  @Test(arguments: [
    (0, 4, "0.0000"), (12_345, 4, "1.2345"), (5, 4, "0.0005"), (-12, 1, "-1.2"), (7, 0, "7"),
    (Int64.max, 9, "9223372036.854775807"), (Int64.min, 0, "-9223372036854775808"),
  ])
  func fixed(value: Int64, decimals: Int, text: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1000, "-1,000"),
  ])
  func grouped(value: Int64, text: String) {
    #expect(NumberText.grouped(value) == text)
  }

  @Test(arguments: [
    (950, "1.0 us"), (9_810, "9.8 us"), (123_456, "123 us"), (1_250_000, "1.3 ms"),
    (2_000_000_000, "2.00 s"),
  ])
  func pause(nanoseconds: Int64, text: String) {
    #expect(NumberText.pause(nanoseconds, microseconds: "us") == text)
  }

  @Test func sharesAlwaysAddUp() {
    var numbers = SeededNumbers(seed: 7)
    for _ in 0..<2000 {
      let amounts = (0..<6).map { _ in Int64.random(in: 0...(1 << 59), using: &numbers) }
      let shares = NumberText.shares(amounts)
      #expect(shares.reduce(0, +) == 1000)
      let total = Double(amounts.reduce(0, +))
      for (share, amount) in zip(shares, amounts) {
        #expect(abs(Double(share) - Double(amount) / total * 1000) <= 1)
      }
    }
    #expect(NumberText.shares([0, 0]) == [0, 0])
  }

  @Test func scaledSharesRoundAndDoNotOverflow() {
    #expect(scaledShare(1, of: 3, scale: 1000) == 333)
    #expect(scaledShare(2, of: 3, scale: 1000) == 667)
    #expect(scaledShare(Int64.max, of: Int64.max, scale: 1_000_000) == 1_000_000)
    #expect(scaledShare(5, of: 0, scale: 1000) == 0)
    #expect(scaledShare(Int64.max, of: 1, scale: 1000) == Int64.max)
  }

  @Test(arguments: [
    ("short", 10, "short"), ("abcdefghij", 7, "abc…hij"), ("abcdefghij", 6, "abc…ij"),
    ("漢字漢字漢字", 7, "漢…字"), ("abc", 1, "…"), ("abc", 0, ""),
  ])
  func shortening(text: String, width: Int, expected: String) {
    #expect(text.shortened(to: width) == expected)
    #expect(text.shortened(to: width).displayWidth <= max(width, 0))
  }
}
