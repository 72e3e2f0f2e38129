import Foundation
import Support
import Testing

@testable import Symbols

/// The vectors of rustc-demangle's own tests, in the form without hashes.
struct RustNameTests {
  @Test(arguments: [
    ("_RNvC6_123foo3bar", "123foo::bar"),
    ("_RC4f128", "f128"),
    (
      "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
      "utf8_idents::საჭმელად_გემრიელი_სადილი"
    ),
    ("_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"),
    (
      "_RNCINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator"
        + "9rpositionNCNgNpB9_6memchr7memrchrs_0E0Bb_",
      "<core::slice::Iter<u8> as core::iter::iterator::Iterator>::rposition::"
        + "<core::slice::memchr::memrchr::{closure#1}>::{closure#0}"
    ),
    (
      "_RINbNbCskIICzLVDPPb_5alloc5alloc8box_freeDINbNiB4_5boxed5FnBoxuEp6OutputuEL_"
        + "ECs1iopQbuBiw2_3std",
      "alloc::alloc::box_free::<dyn alloc::boxed::FnBox<(), Output = ()>>"
    ),
    ("_RC3foo.llvm.9D1C9369", "foo"),
    ("_RC3foo.llvm.9D1C9369@@16", "foo"),
    ("_RNvC9backtrace3foo.llvm.A5310EB9", "backtrace::foo"),
    (
      "_RNvNtNtNtNtCs92dm3009vxr_4rand4rngs7adapter9reseeding4fork23FORK_HANDLER_REGISTERED.0.0",
      "rand::rngs::adapter::reseeding::fork::FORK_HANDLER_REGISTERED.0.0"
    ),
  ])
  func symbols(symbol: String, expected: String) {
    #expect(RustName.demangled(symbol) == expected)
  }

  @Test(arguments: [
    ("DNtC5krate5Traitp1NKj0_EL_", "dyn krate::Trait<N = 0>"),
    ("WmRm1_m9_", "u32 is 1..=9"),
    ("WmORm1_m2_Rm5_m6_E", "u32 is 1..=2 | 5..=6"),
    ("INtC8arrayvec8ArrayVechKj7b_E", "arrayvec::ArrayVec<u8, 123>"),
    ("FG_RL0_hEu", "for<'a> fn(&'a u8)"),
    ("FUKCmEl", "unsafe extern \"C\" fn(u32) -> i32"),
    ("FK9rust_callEj", "extern \"rust-call\" fn() -> usize"),
  ])
  func types(type: String, expected: String) {
    #expect(RustName.demangled("_RMC0" + type) == "<\(expected)>")
  }

  @Test(arguments: [
    ("j7b_", "123"), ("p", "_"), ("hb_", "11"),
    ("off00ff00ff00ff00ff_", "0xff00ff00ff00ff00ff"), ("s98_", "152"), ("anb_", "-11"),
    ("b0_", "false"), ("b1_", "true"), ("c76_", "'v'"), ("c22_", "'\"'"), ("ca_", "'\\n'"),
    ("c2202_", "'∂'"), ("e616263_", "{*\"abc\"}"), ("e27_", "{*\"'\"}"),
    ("e090a_", "{*\"\\t\\n\"}"), ("ee28882c3bc_", "{*\"∂ü\"}"), ("Re616263_", "\"abc\""),
    ("Re27_", "\"'\""), ("Ree28882c3bc_", "\"∂ü\""), ("Rp", "{&_}"), ("Rh7b_", "{&123}"),
    ("Rb0_", "{&false}"), ("Rc58_", "{&'X'}"), ("RRRh0_", "{&&&0}"), ("RRRe_", "{&&\"\"}"),
    ("QAE", "{&mut []}"), ("AE", "{[]}"), ("Aj0_E", "{[0]}"), ("Ah1_h2_h3_E", "{[1, 2, 3]}"),
    ("ARe61_Re62_Re63_E", "{[\"a\", \"b\", \"c\"]}"),
    ("AAh1_h2_EAh3_h4_EE", "{[[1, 2], [3, 4]]}"), ("TE", "{()}"), ("Tj0_E", "{(0,)}"),
    ("Th1_b0_E", "{(1, false)}"),
    ("TRe616263_c78_RAh1_h2_h3_EE", "{(\"abc\", 'x', &[1, 2, 3])}"),
    ("VNvINtNtC4core6option6OptionjE4NoneU", "{core::option::Option::<usize>::None}"),
    ("VNvINtNtC4core6option6OptionjE4SomeTj0_E", "{core::option::Option::<usize>::Some(0)}"),
    (
      "VNtC3foo3BarS1sRe616263_2chc78_5sliceRAh1_h2_h3_EE",
      "{foo::Bar { s: \"abc\", ch: 'x', slice: &[1, 2, 3] }}"
    ),
  ])
  func constants(constant: String, expected: String) {
    #expect(RustName.demangled("_RIC0K\(constant)E") == "::<\(expected)>")
  }

  @Test(arguments: [
    "_R", "_RX", "_RC", "_RC3fo", "_RNvC3foo", "_RMC0WmORm1_m2_Rm5_m6_", "_RB_", "_RIC0Kb2_E",
    "_RC3foox", "_RINvC3foo3bar", "_RC99999999999999999999999x", "_RCs99999999999999999_1a", "R",
  ])
  func whatIsNotOfThisManglingIsRefused(symbol: String) {
    #expect(RustName.demangled(symbol) == nil)
  }

  /// Back references can double a name with every few bytes, and nest without end.
  @Test func hostileSymbolsEndSoon() {
    let doubling = "T" + String(repeating: "T", count: 40) + "p" + "E"
    let symbols = [
      "_RIC0" + String(repeating: "R", count: 100_000) + "pE",
      "_RMC0" + doubling + (0..<40).map { "B\($0)_E" }.joined(),
      "_RIC20tRYIMYNRYFG05_EB5_B_B6_" + String(repeating: "R", count: 90) + "B_E",
      "_RMC0FG" + String(repeating: "Z", count: 10) + "_EuE",
    ]
    for symbol in symbols { #expect(RustName.demangled(symbol) == nil) }
    var random = SeededNumbers(seed: 7)
    let alphabet = Array("RCNMXYIBETAFDKLps_0123456789abcdefghijuvy".utf8)
    let valid =
      "_RINkXs25_NgCsbmNqQUJIY6D_4core5sliceINyB9_4IterhENuNgNoBb_4iter8iterator8Iterator"
      + "9rpositionNCNgNpB9_6memchr7memrchrs_0E"
    var decoded = 0
    for _ in 0..<20_000 {
      var symbol = Array(valid.utf8)
      for _ in 0...random.next() % 3 {
        symbol[Int(random.next() % UInt64(symbol.count))] =
          alphabet[Int(random.next() % UInt64(alphabet.count))]
      }
      if RustName.demangled(String(decoding: symbol, as: UTF8.self)) != nil { decoded += 1 }
    }
    #expect(decoded > 10)
    print("\(decoded) of 20000 damaged symbols are still valid")
  }

  /// What the compiler here makes, as binutils reads it.
  @Test func realSymbolsAreReadAsByBinutils() throws {
    let source = """
      use std::collections::BTreeMap;
      pub struct Grid<T, const N: usize> { cells: [T; N] }
      impl<T: Copy + std::fmt::Debug, const N: usize> Grid<T, N> {
        #[inline(never)] pub fn each<F: FnMut(&T) -> u64>(&self, f: F) -> u64 {
          self.cells.iter().map(f).sum()
        }
      }
      pub trait Area { fn area(&self) -> f64; }
      impl Area for (f64, f64) { #[inline(never)] fn area(&self) -> f64 { self.0 * self.1 } }
      #[inline(never)] pub fn total(shapes: &[Box<dyn Area + Send>]) -> f64 {
        shapes.iter().map(|shape| shape.area()).sum()
      }
      mod größe { #[inline(never)] pub fn maß(x: &str) -> usize { x.len() } }
      fn main() {
        let grid = Grid { cells: [1u8, 2, 3] };
        let mut map = BTreeMap::new();
        map.insert(größe::maß("abc"), grid.each(|cell| u64::from(*cell)));
        println!("{:?} {}", map, total(&[Box::new((1.0, 2.0))]));
      }
      """
    let base = NSTemporaryDirectory() + "hyflame-rust-\(UUID().uuidString)"
    defer { for end in ["", ".rs"] { try? FileManager.default.removeItem(atPath: base + end) } }
    try source.write(toFile: base + ".rs", atomically: true, encoding: .utf8)
    let arguments = [
      "rustc", "-Csymbol-mangling-version=v0", "-Cdebuginfo=0", "-o", base, base + ".rs",
    ]
    guard try output(of: arguments) != nil, FileManager.default.fileExists(atPath: base),
      let raw = try output(of: ["nm", base]), let read = try output(of: ["nm", "-C", base])
    else { try Test.cancel("no rustc or no nm") }
    var compared = 0
    let others = read.split(separator: "\n").map { $0.dropFirst(19) }
    for (line, other) in zip(raw.split(separator: "\n").map({ $0.dropFirst(19) }), others) {
      // Binutils drops the suffixes that tell statics apart.
      guard line.hasPrefix("_R"), !other.hasPrefix("_R"), !line.contains(".") else { continue }
      #expect(RustName.demangled(String(line)) == withoutHashes(String(other)), "\(line)")
      compared += 1
    }
    #expect(compared > 100)
    print("\(compared) symbols read as by binutils")
  }

  /// `core[1a2b3c]::fmt` → `core::fmt`; binutils writes the hashes of crates, and types of
  /// constants.
  private func withoutHashes(_ name: String) -> String {
    name.replacing(#/\[[0-9a-f]{5,16}\]/#, with: "")
      .replacing(#/\b(\d+)(usize|isize|u8|u16|u32|u64)\b/#) { String($0.1) }
  }
}
