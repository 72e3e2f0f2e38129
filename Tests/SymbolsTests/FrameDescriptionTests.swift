import Foundation
import Support
import Testing

@testable import Symbols

struct FrameDescriptionTests {
  /// readelf prints every FDE; ours must be the one that contains the address, found through the
  /// search table or by scanning.
  @Test(arguments: libraries)
  func boundsAreThoseOfReadelf(path: String) throws {
    guard let text = try output(of: ["readelf", "--wide", "--debug-dump=frames", path]) else {
      return
    }
    let printed = ranges(text)
    try #require(printed.count > 50)
    let image = try ElfImage(path: path)
    let descriptions = try #require(FrameDescriptions(image))
    var random = SeededNumbers(seed: 7)
    for range in printed.shuffled(using: &random).prefix(1000) {
      let address = UInt64.random(in: range, using: &random)
      let found = try #require(descriptions.range(containing: address))
      #expect(found.start..<found.end == range)
    }
    let section = try #require(image.section(named: ".eh_frame"))
    let view = try #require(image.contents(of: section))
    let scanned = FrameDescriptionParser(view: view, address: section.address).scan().map(\.range)
    #expect(Set(scanned.map { $0.start..<$0.end }) == Set(printed))
    print("\(path): \(printed.count) FDEs, all as readelf has them")
  }

  /// `… FDE cie=… pc=START..END`
  private func ranges(_ text: String) -> [Range<UInt64>] {
    // A file with .debug_frame too: only .eh_frame is meant.
    let section = text.split(separator: "Contents of the ").first { $0.contains("eh_frame") } ?? ""
    return section.split(separator: "\n").compactMap { line in
      guard line.contains(" FDE "), let bounds = line.split(separator: "pc=").last else {
        return nil
      }
      let ends = bounds.split(separator: "..").compactMap { UInt64($0, radix: 16) }
      return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
    }
  }

  @Test func corruptRecordsAreNoRanges() {
    let bytes: [UInt8] = [
      0x10, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,  // CIE far away
      0xff, 0xff, 0xff, 0xff, 1, 1, 1, 1,  // 64-bit length
    ]
    bytes.withUnsafeBytes { buffer in
      for count in 0...buffer.count {
        let view = ByteView(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        #expect(FrameDescriptionParser(view: view, address: 0x1000).scan().isEmpty)
      }
    }
  }
}
