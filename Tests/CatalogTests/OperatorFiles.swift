import Diagnostics
import JSON
import SystemIO
import TestSupport

@testable import Catalog

/// Directories of operators' manifests, built in code.
enum OperatorFiles {
  /// A ClusterServiceVersion named `PACKAGE.vVERSION` that owns `Foo` and runs one container.
  ///
  /// - Parameter more: Lines of its `spec`.
  static func csv(
    _ version: String, of package: String = "foo", replaces: String? = nil, skips: [String] = [],
    annotations: String = "", environment: String = "", more: String = ""
  ) -> String {
    """
    apiVersion: operators.coreos.com/v1alpha1
    kind: ClusterServiceVersion
    metadata:
      name: \(package).v\(version)
      annotations: {\(annotations)}
    spec:
      version: \(version)
      replaces: \(replaces.map { "\(package).v\($0)" } ?? "")
      skips: [\(skips.map { "\(package).v\($0)" }.joined(separator: ", "))]
      customresourcedefinitions:
        owned: [{name: foos.\(package).example, version: v1, kind: Foo}]
      install:
        strategy: deployment
        spec:
          deployments:
          - spec:
              template:
                spec:
                  containers: [{name: main, image: "r.example/\(package):\(version)", env: [\(environment)]}]
      \(more)

    """
  }

  /// The definition of `Foo`, in some version.
  static func definition(of package: String = "foo", version: String = "v1") -> String {
    """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: foos.\(package).example}
    spec:
      group: \(package).example
      names: {kind: Foo, plural: foos}
      versions: [{name: \(version)}]
    """
  }

  /// A package manifest; each channel is `NAME=HEAD`.
  static func package(_ channels: [String], of name: String = "foo", defaultChannel: String? = nil) -> String {
    let list = channels.map { channel in
      let parts = channel.split(separator: "=")
      return "- {name: \(parts[0]), currentCSV: \(name).v\(parts[1])}"
    }
    return "packageName: \(name)\n" + (defaultChannel.map { "defaultChannel: \($0)\n" } ?? "")
      + "channels:\n\(list.joined(separator: "\n"))\n"
  }

  /// The annotations of a bundle.
  static func annotations(_ package: String = "foo", channels: String, more: String = "") -> String {
    """
    annotations:
      operators.operatorframework.io.bundle.mediatype.v1: registry+v1
      operators.operatorframework.io.bundle.package.v1: \(package)
      operators.operatorframework.io.bundle.channels.v1: \(channels)
      \(more)
    """
  }

  /// The files of a bundle in the format registry+v1.
  static func bundle(_ csv: String, _ annotations: String, in directory: String = "") -> [String: String] {
    [
      "\(directory)manifests/csv.yaml": csv, "\(directory)manifests/crd.yaml": definition(),
      "\(directory)metadata/annotations.yaml": annotations,
    ]
  }

  /// A directory with these files.
  static func directory(_ files: [String: String]) throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    for (path, text) in files {
      try FileSystem.makeDirectory(FileSystem.parent(of: directory(path)))
      try FileSystem.write(Array(text.utf8), to: directory(path))
    }
    return directory
  }

  /// What a directory with these files holds.
  static func content(
    _ files: [String: String], keeping: CatalogReader.Keeping = .everything
  ) throws -> DirectoryContent {
    let directory = try directory(files)
    return try CatalogDirectory.content(of: directory.path, keeping: keeping)
  }
}

extension CatalogPackage {
  /// The channels as text: `NAME: ENTRY>REPLACED!SKIPPED …`, without the name of the package.
  var drawn: [String] {
    channels.map { channel in
      let entries = channel.entries.map { entry in
        entry.name + (entry.replaces.map { ">\($0)" } ?? "") + entry.skips.map { "!\($0)" }.joined()
          + (entry.skipRange.isEmpty ? "" : " (\(entry.skipRange))")
      }
      return "\(channel.name): \(entries.joined(separator: " "))".replacing("\(name).v", with: "")
    }
  }
}

extension OperatorBundle {
  /// The properties of a type.
  func properties(_ type: String) throws -> [JSONValue] {
    (try document?.value()["properties"]?.elements ?? []).filter { $0["type"]?.text == type }.compactMap { $0["value"] }
  }
}
