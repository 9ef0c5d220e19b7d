// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A C library from a Debian package. `Sources/<name>` holds a module map and a shim header.
func cLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A Swift module. `imports` is the whole list of package modules that it may import.
func module(_ name: String, imports: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: imports, swiftSettings: house)
}

/// A Swift module that millions of bytes go through in its tests: optimized in debug builds too.
func hotModule(_ name: String, imports: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: imports,
    swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))])
}

/// The tests of one module, and what they need beside it.
func tests(of name: String, imports: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name), "TestSupport"] + imports, swiftSettings: house)
}

/// A text for C, of what a build is told of itself.
func fact(_ variable: String) -> CSetting {
  let text = (Context.environment[variable] ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
  return .define(variable, to: "\"\(text)\"")
}

let package = Package(
  name: "sealift",
  products: [.executable(name: "sealift", targets: ["sealift"])],
  targets: [
    cLibrary("CArchive", pkgConfig: "libarchive", apt: "libarchive-dev"),
    cLibrary("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    cLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    cLibrary("CISAL", pkgConfig: "libisal", apt: "libisal-dev"),
    cLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    cLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    cLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    cLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    cLibrary("CPCRE2", pkgConfig: "libpcre2-8", apt: "libpcre2-dev"),
    .systemLibrary(name: "CLinux"),  // what the Glibc overlay leaves out
    .target(name: "CLauncher"),  // starts what travels beside a bundle
    .target(name: "CBuild", cSettings: [fact("SEALIFT_COMMIT"), fact("SEALIFT_COMMIT_DATE")]),

    module("Diagnostics", imports: []),
    module("SystemIO", imports: ["CLinux", "Diagnostics"]),

    hotModule("Digests", imports: ["COpenSSL", "Diagnostics"]),
    hotModule("JSON", imports: ["Diagnostics"]),
    hotModule("YAML", imports: ["CYAML", "Diagnostics"]),
    hotModule("Zstd", imports: ["CZstd", "Diagnostics"]),
    hotModule("Tar", imports: ["Diagnostics"]),
    module("TOML", imports: ["Diagnostics"]),
    module("Versions", imports: []),
    module("ELF", imports: ["Diagnostics"]),
    module("HTTPTransport", imports: ["CCurl", "COpenSSL", "Diagnostics", "SystemIO"]),

    hotModule("OCI", imports: ["Diagnostics", "Digests", "JSON", "SystemIO"]),
    hotModule("Signing", imports: ["COpenSSL", "Diagnostics", "Digests", "SystemIO"]),

    module("Registry", imports: ["Diagnostics", "Digests", "HTTPTransport", "JSON", "OCI", "SystemIO"]),
    module("ClusterManifests", imports: ["Diagnostics", "Digests", "JSON", "OCI", "YAML"]),
    hotModule(
      "BundleFormat",
      imports: [
        "ClusterManifests", "Diagnostics", "Digests", "JSON", "OCI", "Signing", "SystemIO", "Tar", "Versions", "Zstd",
      ]),
    hotModule("Volumes", imports: ["BundleFormat", "Diagnostics", "Digests", "JSON", "Signing", "SystemIO"]),
    hotModule(
      "Parity",
      imports: ["BundleFormat", "CISAL", "Diagnostics", "Digests", "JSON", "Signing", "SystemIO", "Volumes"]),
    module("Layers", imports: ["CArchive", "Diagnostics", "Digests", "JSON", "OCI", "SystemIO"]),
    module("Release", imports: ["CZlib", "Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Versions", "YAML"]),
    hotModule("Catalog", imports: ["Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Versions", "YAML"]),
    module("CatalogDatabase", imports: ["CSQLite", "Diagnostics", "Digests", "JSON"]),
    module("Charts", imports: ["Diagnostics", "Digests", "JSON", "OCI", "Versions", "YAML"]),

    module(
      "Configuration",
      imports: [
        "BundleFormat", "CPCRE2", "Catalog", "Charts", "Diagnostics", "Digests", "HTTPTransport", "OCI", "Release",
        "SystemIO", "TOML", "Versions", "YAML",
      ]),

    // Both sides of the gap.
    module(
      "Content",
      imports: [
        "BundleFormat", "ClusterManifests", "Diagnostics", "Digests", "HTTPTransport", "JSON", "OCI", "Parity",
        "Registry", "Release", "Signing", "SystemIO", "Versions", "Volumes",
      ]),
    module(
      "CatalogImages",
      imports: ["Catalog", "CatalogDatabase", "Content", "Diagnostics", "JSON", "Layers", "OCI", "SystemIO"]),
    module(
      "Auditing",
      imports: ["BundleFormat", "Content", "Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Versions"]),
    // The connected side.
    module(
      "Gathering",
      imports: [
        "BundleFormat", "Catalog", "CatalogImages", "Charts", "ClusterManifests", "Configuration", "Content",
        "Diagnostics", "Digests", "HTTPTransport", "Layers", "OCI", "Parity", "Registry", "Release", "SystemIO",
        "TOML", "Versions", "YAML",
      ]),
    module(
      "Packing",
      imports: [
        "BundleFormat", "CLauncher", "Content", "Diagnostics", "Digests", "ELF", "Gathering", "JSON", "OCI", "Parity",
        "Signing", "SystemIO", "Volumes", "Zstd",
      ]),
    // The disconnected side, which imports nothing of the connected one.
    module(
      "Publishing",
      imports: [
        "BundleFormat", "Catalog", "CatalogImages", "ClusterManifests", "Configuration", "Content", "Diagnostics",
        "Digests", "JSON", "Layers", "OCI", "Registry", "Signing", "SystemIO", "Volumes", "YAML",
      ]),
    module(
      "Deleting",
      imports: [
        "BundleFormat", "Catalog", "Charts", "Configuration", "Content", "Diagnostics", "Digests", "JSON", "OCI",
        "Publishing", "Registry", "Release", "SystemIO", "Versions", "YAML",
      ]),

    module("Arguments", imports: ["Diagnostics"]),
    .executableTarget(
      name: "sealift",
      dependencies: [
        "Arguments", "Auditing", "BundleFormat", "CArchive", "CBuild", "CCurl", "CISAL", "CLinux", "COpenSSL", "CPCRE2",
        "CSQLite", "CYAML", "CZlib", "CZstd", "Content", "Deleting", "Diagnostics", "Gathering", "JSON", "Packing",
        "Parity", "Publishing",
        "SystemIO", "Volumes",
      ],
      swiftSettings: house),

    .target(
      name: "TestSupport",
      dependencies: ["BundleFormat", "Diagnostics", "Digests", "JSON", "OCI", "Signing", "SystemIO", "Tar", "Zstd"],
      path: "Tests/TestSupport", swiftSettings: house),
    tests(of: "Auditing", imports: ["BundleFormat", "Content", "Diagnostics", "Digests", "JSON", "OCI", "SystemIO"]),
    tests(of: "Content", imports: ["BundleFormat", "Diagnostics", "Digests", "OCI", "Signing", "SystemIO"]),
    tests(of: "Deleting", imports: ["Content", "Diagnostics", "Digests", "SystemIO"]),
    tests(
      of: "CatalogImages",
      imports: ["Layers", "OCI"]),
    tests(
      of: "Gathering",
      imports: [
        "BundleFormat", "Content", "Diagnostics", "Digests", "HTTPTransport", "JSON", "Layers", "OCI", "Registry",
        "Release", "SystemIO", "Versions",
      ]),
    tests(
      of: "Packing",
      imports: ["BundleFormat", "Content", "Diagnostics", "Digests", "Gathering", "OCI", "Publishing", "SystemIO"]),
    tests(
      of: "Publishing",
      imports: [
        "BundleFormat", "Content", "Diagnostics", "Digests", "Gathering", "JSON", "OCI", "Packing", "SystemIO",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "BundleFormat", "Content", "Deleting", "Diagnostics", "Gathering", "JSON", "OCI", "Packing", "Publishing",
        "SystemIO", "TestSupport",
      ],
      swiftSettings: house),
    tests(of: "Diagnostics", imports: []),
    tests(of: "SystemIO", imports: ["Diagnostics"]),
    tests(of: "Digests", imports: ["Diagnostics", "SystemIO"]),
    tests(of: "JSON", imports: ["Diagnostics"]),
    tests(of: "OCI", imports: ["Diagnostics", "Digests", "JSON", "SystemIO"]),
    tests(of: "Zstd", imports: ["SystemIO"]),
    tests(of: "Tar", imports: ["CArchive", "SystemIO"]),
    tests(
      of: "BundleFormat",
      imports: ["CArchive", "Diagnostics", "Digests", "JSON", "OCI", "Signing", "SystemIO", "Tar", "Zstd"]),
    tests(
      of: "Volumes",
      imports: ["BundleFormat", "Diagnostics", "Digests", "JSON", "Parity", "Signing", "SystemIO", "Zstd"]),
    tests(
      of: "Parity",
      imports: ["BundleFormat", "Diagnostics", "Digests", "JSON", "Signing", "SystemIO", "Volumes"]),
    tests(of: "ELF", imports: ["Diagnostics", "SystemIO"]),
    tests(of: "TOML", imports: ["Diagnostics"]),
    tests(of: "YAML", imports: ["Diagnostics"]),
    tests(of: "Versions", imports: []),
    tests(of: "Layers", imports: ["Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Zstd"]),
    tests(of: "Release", imports: ["Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Versions"]),
    tests(of: "Catalog", imports: ["Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "Versions"]),
    tests(of: "Charts", imports: ["Diagnostics", "Digests", "JSON", "OCI", "Versions", "YAML"]),
    tests(of: "CatalogDatabase", imports: ["CSQLite", "Diagnostics", "JSON", "SystemIO"]),
    tests(of: "ClusterManifests", imports: ["Diagnostics", "Digests", "JSON", "OCI", "SystemIO", "YAML"]),
    .testTarget(
      name: "SealiftTests",
      dependencies: [
        "sealift", "TestSupport", "Arguments", "Content", "Diagnostics", "Digests", "Gathering", "JSON", "Packing",
        "SystemIO",
      ],
      swiftSettings: house),
    tests(of: "Arguments", imports: ["Diagnostics", "SystemIO"]),
    tests(of: "Registry", imports: ["Diagnostics", "Digests", "HTTPTransport", "JSON", "OCI", "SystemIO"]),
    tests(of: "HTTPTransport", imports: ["Diagnostics", "SystemIO"]),
    tests(
      of: "Configuration",
      imports: ["Catalog", "Charts", "Diagnostics", "Digests", "HTTPTransport", "OCI", "Release", "Versions", "YAML"]),
    tests(of: "Signing", imports: ["Diagnostics", "SystemIO"]),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["sealift", "TestSupport", "Diagnostics", "Digests", "JSON", "OCI", "Signing", "SystemIO"],
      swiftSettings: house),
  ]
)

// scripts/harden alone builds this: libFuzzer, which brings `main`, gives inputs to whatever reads what others have
// written; with "all", to those of the records of earlier runs too, whose modules take long to build.
if let parsers = Context.environment["SEALIFT_FUZZ"] {
  package.targets.append(
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "BundleFormat", "CSQLite", "Catalog", "CatalogDatabase", "Charts", "Configuration", "Diagnostics", "Digests",
        "ELF", "HTTPTransport", "JSON", "Layers", "OCI", "Parity", "Registry", "Release", "Signing", "SystemIO", "Tar",
        "TestSupport", "Versions", "Volumes", "YAML", "Zstd",
      ] + (parsers == "all" ? ["Content", "Deleting"] : []),
      path: "Tests/Fuzzing", swiftSettings: house + (parsers == "all" ? [.define("DELETING")] : [])))
}
