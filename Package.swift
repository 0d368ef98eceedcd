// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 language mode with every upcoming feature that makes imports and existentials explicit.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library target in `Sources/`.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A program: one call into its library target, so that tests can reach everything else.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one target, or of the whole product.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")

let package = Package(
  name: "swfs",
  products: [
    .executable(name: "swfs-mount", targets: ["swfs-mount"]),
    .executable(name: "swfs-ctl", targets: ["swfs-ctl"]),
    .executable(name: "swfs-lab", targets: ["swfs-lab"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // C edges: module maps with small typed shims, nothing else.
    .systemLibrary(name: "CFuse", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

    // Core
    library("SwfsCore", ["CLinux", "CZlib"]),
    library("SwfsObserve", ["SwfsCore"]),
    library("SwfsFS", ["SwfsCore", "SwfsObserve"]),

    // Adapters
    .target(
      name: "SwfsProto", dependencies: [protobuf], exclude: ["proto", "regenerate"],
      swiftSettings: strict),
    library(
      "SwfsTransport", ["CCurl", "CNghttp2", "COpenSSL", "SwfsCore", "SwfsObserve"]),
    library(
      "SwfsCluster",
      ["SwfsTransport", "SwfsProto", protobuf, "SwfsCore", "SwfsObserve", "COpenSSL", "CZlib"]),
    library("SwfsCache", ["SwfsCore", "SwfsObserve", "CZlib"]),
    library("SwfsPostgres", ["CPostgres", "CZlib", "COpenSSL", "SwfsCore", "SwfsObserve"]),
    library("SwfsFuse", ["CFuse", "SwfsFS", "SwfsCore", "SwfsObserve"]),

    // Backup
    library("SwfsBackup", ["SwfsCore", "SwfsObserve", "CLinux", "COpenSSL", "CZstd"]),

    // Programs
    library(
      "SwfsMount",
      [
        "SwfsFuse", "SwfsFS", "SwfsCluster", "SwfsPostgres", "SwfsCache", "SwfsTransport",
        "SwfsCore", "SwfsObserve",
      ]),
    program("swfs-mount", ["SwfsMount"]),
    library(
      "SwfsCtl",
      [
        "SwfsBackup", "SwfsCluster", "SwfsPostgres", "SwfsTransport", "SwfsProto", protobuf,
        "SwfsCore", "SwfsObserve", "CLinux", "CZlib", argumentParser,
      ]),
    program("swfs-ctl", ["SwfsCtl"]),
    library("SwfsLab", ["SwfsCore", "CLinux", argumentParser]),
    program("swfs-lab", ["SwfsLab"]),

    // Test support and tests
    library("SwfsTestKit", ["SwfsCore"]),
    tests("SwfsCoreTests", ["SwfsCore", "SwfsTestKit", "CZlib"]),
    tests("SwfsFSTests", ["SwfsFS", "SwfsCore", "SwfsObserve", "SwfsTestKit"]),
    tests("SwfsTransportTests", ["SwfsTransport", "SwfsCore", "SwfsTestKit"]),
    tests(
      "SwfsClusterTests",
      ["SwfsCluster", "SwfsTransport", "SwfsProto", protobuf, "SwfsCore", "SwfsTestKit"]),
    tests("SwfsPostgresTests", ["SwfsPostgres", "SwfsCore", "SwfsObserve", "SwfsTestKit"]),
    tests("SwfsCacheTests", ["SwfsCache", "SwfsCore", "SwfsTestKit"]),
    tests("SwfsFuseTests", ["SwfsFuse", "CFuse", "CLinux", "SwfsFS", "SwfsCore", "SwfsObserve"]),
    tests("SwfsMountTests", ["SwfsMount", "SwfsFuse", "SwfsFS", "SwfsCore"]),
    tests("SwfsBackupTests", ["SwfsBackup", "SwfsCore", "SwfsObserve", "SwfsTestKit"]),
    tests(
      "SwfsCtlTests",
      [
        "SwfsCtl", "SwfsBackup", "SwfsCluster", "SwfsPostgres", "SwfsTransport", "SwfsProto",
        protobuf, "SwfsCore", "SwfsTestKit", argumentParser,
      ]),
    tests("SwfsLabTests", ["SwfsLab", "SwfsCore", argumentParser]),
    tests(
      "MountTests",
      [
        "SwfsTestKit", "SwfsCore", "SwfsCluster", "SwfsPostgres", "SwfsTransport", "SwfsProto",
        "CLinux", protobuf,
      ]),
  ]
)
