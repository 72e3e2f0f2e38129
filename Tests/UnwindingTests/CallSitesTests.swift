import Testing

@testable import Unwinding

struct CallSitesTests {
  @Test(
    arguments: [
      [0xe8, 1, 2, 3, 4],
      [0xff, 0xd0], [0x41, 0xff, 0xd4],  // call *rax, *r12
      [0xff, 0x10], [0xff, 0x50, 8],  // call *(rax), *8(rax)
      [0xff, 0x14, 0x24], [0xff, 0x54, 0x24, 8],  // call *(rsp), *8(rsp)
      [0xff, 0x90, 0, 1, 0, 0], [0xff, 0x94, 0x24, 0, 1, 0, 0],
      [0xff, 0x15, 1, 2, 3, 4],  // call *disp(rip)
      [0xff, 0x14, 0xc5, 0, 0, 0, 1],  // call *table(,rax,8)
    ] as [[UInt8]])
  func calls(code: [UInt8]) {
    #expect(CallSites.endsWithCall(code))
    #expect(CallSites.endsWithCall(Array([0x90, 0x90, 0x90].prefix(8 - code.count)) + code))
  }

  @Test(
    arguments: [
      [], [0xff], [0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90],
      [0xe9, 1, 2, 3, 4], [0xff, 0xe0], [0xff, 0x25, 1, 2, 3, 4], [0xff, 0x50], [0xff, 0x14],
      [0xe8, 1, 2, 3],
    ] as [[UInt8]])
  func others(code: [UInt8]) {
    #expect(!CallSites.endsWithCall(code))
  }
}
