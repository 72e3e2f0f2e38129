// swift-tools-version: 6.2
import PackageDescription

// Every target gets the same settings: a warning is an error, imports are internal unless they
// say otherwise, and existential types are spelled out.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// A Swift target whose allowed imports are exactly `dependencies`: the arrows of Docs/Architecture.md.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil)
  -> Target
{
  .testTarget(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let package = Package(
  name: "hyflame",
  products: [
    .executable(name: "hyflame", targets: ["hyflame"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    // Without its traits it needs no Foundation, only FoundationEssentials.
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0", traits: []),
  ],
  targets: [
    // C: the kernel calls that Swift cannot spell, and the names of system libraries.
    .target(name: "CLinux", path: "CShims/CLinux"),
    .target(
      name: "CTickProgram", path: "CShims/CTickProgram", exclude: ["tick_program.bpf.c"],
      linkerSettings: [.linkedLibrary("bpf")]),
    .systemLibrary(name: "CElfutils", path: "CShims/CElfutils"),
    .systemLibrary(name: "CLibunwind", path: "CShims/CLibunwind"),
    .systemLibrary(name: "CZlib", path: "CShims/CZlib"),

    // Pure: values in, values out.
    module("SampleTypes"),
    module("ProfileModel", ["SampleTypes"]),
    module("CPython", ["SampleTypes"]),
    module("StackMerging", ["SampleTypes"]),
    .target(
      name: "Exporters",
      dependencies: [
        "SampleTypes", "ProfileModel", "CZlib",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Formats/pprof.proto"], swiftSettings: settings),

    // Files.
    module("NamedFiles", ["CLinux"]),
    module("Symbols", ["SampleTypes", "NamedFiles", "CElfutils", "CLinux"]),
    module("Unwinding", ["SampleTypes", "Symbols", "CElfutils"]),
    .target(
      name: "RecordingFile",
      dependencies: [
        "SampleTypes", "ProfileModel", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Wire/recording.proto"], swiftSettings: settings),

    // The kernel and a live process.
    module("LinuxIO", ["CLinux"]),
    module("PerfEvents", ["SampleTypes", "LinuxIO", "CLinux", "CTickProgram"]),
    module("RemoteProcess", ["SampleTypes", "LinuxIO", "CLinux"]),
    module(
      "Recorder",
      [
        "SampleTypes", "ProfileModel", "CPython", "StackMerging", "Symbols", "Unwinding",
        "RecordingFile", "NamedFiles", "LinuxIO", "PerfEvents", "RemoteProcess", "CLinux",
      ]),
    .executableTarget(
      name: "hyflame",
      dependencies: [
        "SampleTypes", "Recorder", "RecordingFile", "Exporters", "ProfileModel", "NamedFiles",
        "LinuxIO",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    // Test support: launching real interpreters, memory made of literals.
    .target(
      name: "Support", dependencies: ["SampleTypes", "ProfileModel"], path: "Tests/Support",
      swiftSettings: settings),
    // Made-up recordings for the scripts that check whole outputs.
    .executableTarget(
      name: "TestRecordings", dependencies: ["Support", "RecordingFile", "ProfileModel"],
      path: "Tests/Recordings", swiftSettings: settings),
    // `make bench`: the unwinder beside libunwind and libdw.
    .target(
      name: "UnwindingPeers", dependencies: ["CElfutils", "CLibunwind"],
      path: "Benchmarks/UnwindingPeers"),
    .executableTarget(
      name: "UnwindingBenchmark",
      dependencies: ["Unwinding", "Symbols", "SampleTypes", "CLibunwind", "UnwindingPeers"],
      path: "Benchmarks/Unwinding", swiftSettings: settings),
    tests("SampleTypesTests", ["SampleTypes", "Support"]),
    tests("CPythonTests", ["CPython", "SampleTypes", "StackMerging", "Support"]),
    tests(
      "StackMergingTests",
      ["StackMerging", "SampleTypes", "Support", "ProfileModel", "Exporters"]),
    tests("ExportersTests", ["Exporters", "ProfileModel", "SampleTypes", "Support"]),
    tests("NamedFilesTests", ["NamedFiles", "Support"]),
    tests("SymbolsTests", ["Symbols", "SampleTypes", "Support"]),
    tests("UnwindingTests", ["Unwinding", "Symbols", "SampleTypes", "CLibunwind", "Support"]),
    tests("RecordingFileTests", ["RecordingFile", "ProfileModel", "SampleTypes", "Support"]),
    tests("PerfEventsTests", ["PerfEvents", "SampleTypes", "Support"]),
    tests(
      "RecorderTests",
      [
        "Recorder", "RecordingFile", "RemoteProcess", "LinuxIO", "StackMerging", "ProfileModel",
        "SampleTypes", "Support",
      ]),
    tests(
      "HyflameCLITests",
      [
        "hyflame", "Recorder", "RecordingFile", "Exporters", "ProfileModel", "SampleTypes",
        "LinuxIO", "Support",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// `make fuzz`: libFuzzer brings the main function, so this is built with its sanitizer or not at all.
if Context.environment["HYFLAME_FUZZING"] != nil {
  package.targets.append(
    .executableTarget(
      name: "ParserFuzzing",
      dependencies: [
        "CPython", "PerfEvents", "ProfileModel", "RecordingFile", "SampleTypes", "Symbols",
        "Unwinding",
      ],
      path: "Tests/ParserFuzzing",
      swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]))
}
