import ProfileModel
import Testing

@testable import Exporters

/// What reports call native functions, and their modules.
struct FunctionNameTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    var full: String
    var short: String
    var testDescription: String { name }

    init(_ name: String, full: String? = nil, short: String) {
      (self.name, self.full, self.short) = (name, full ?? name, short)
    }
  }

  @Test(arguments: [
    Case("deflate", short: "deflate"),
    Case("finish_task.isra.0", short: "finish_task.isra.0"),
    Case("libz.so.1+0x4f10", short: "libz.so.1+0x4f10"),
    Case("operator new(unsigned long)", short: "operator new"),
    Case("Pool::run() const", short: "Pool::run"),
    Case("Pool::run(int) && [clone .cold]", short: "Pool::run [clone .cold]"),
    Case("Pool::operator()(int, void (*)(int))", short: "Pool::operator()"),
    Case("Pool::operator()", short: "Pool::operator()"),
    Case("(anonymous namespace)::run(int)", short: "(anonymous namespace)::run"),
    Case("(anonymous namespace)", short: "(anonymous namespace)"),
    Case("void (*make<int>(int))(char)", short: "void (*make<int>(int))(char)"),
    Case(
      "run(int)::{lambda(char)#1}::operator()(char) const",
      short:
        "run(int)::{lambda(char)#1}::operator()"),
    Case("std::function<void (int)>", short: "std::function<void (int)>"),
    Case("unbalanced)", short: "unbalanced)"),
    Case("[clone ]", short: "[clone ]"),
    Case(
      "__pyx_f_3mod_run(_object*, int)", full: "mod.run(_object*, int)", short: "mod.run"),
    Case(
      "__pyx_f_3mod_run.isra.0", full: "mod.run [clone .isra.0]", short: "mod.run [clone .isra.0]"),
    Case(
      "__pyx_pw_3mod_1run(_object*) [clone .cold]",
      full: "mod.run[entry](_object*) [clone .cold]", short: "mod.run[entry] [clone .cold]"),
  ])
  func names(_ example: Case) {
    let name = FunctionName(Function(kind: .native, name: example.name))
    #expect(name.full == example.full)
    #expect(name.short == example.short)
  }

  @Test func namesOfPythonAndKernelAreLeftAlone() {
    for kind in [Function.Kind.python, .kernel] {
      let name = FunctionName(Function(kind: kind, name: "__pyx_f_3mod_run(int)"))
      #expect(name.full == "__pyx_f_3mod_run(int)" && name.short == name.full)
    }
  }

  @Test(arguments: [
    ("_tree.cpython-311-x86_64-linux-gnu.so", "_tree.so"),
    ("_a.b.cpython-313t-x86_64-linux-gnu.so", "_a.b.so"), ("libz.so.1", "libz.so.1"),
    ("_tree.abi3.so", "_tree.abi3.so"), ("cpython-311.so", "cpython-311.so"), ("", ""),
  ])
  func moduleFileNames(name: String, text: String) {
    #expect(ModuleFileName.withoutABI(name) == text)
  }
}
