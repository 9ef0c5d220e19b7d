public import Configuration
public import Diagnostics
internal import SystemIO
internal import TOML

extension RegistryMirrors {
  private static let system = "/etc/containers"

  /// Reads the settings of this host.
  ///
  /// A file that is named counts alone; else the user's own file, or where there is none the system's, and then the
  /// directories `registries.conf.d` of both, whose files count the more the later they come.
  ///
  /// - Parameters:
  ///   - file: The value of `--registries-conf`; it must exist.
  ///   - environment: Where else to look.
  /// - Throws: `configuration`, with the file and the line.
  public static func load(_ file: String?, environment: [String: String]) throws(SealiftError) -> RegistryMirrors {
    var mirrors = RegistryMirrors()
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let file = file ?? value("CONTAINERS_REGISTRIES_CONF") {
      try mirrors.add(FileSystem.readText(file, limit: TOMLReader.maxBytes), source: file)
      return mirrors
    }
    let own = (value("XDG_CONFIG_HOME") ?? value("HOME").map { "\($0)/.config" }).map { "\($0)/containers" }
    let directories = [system, own].compactMap(\.self)
    let main = directories.reversed().map { "\($0)/registries.conf" }.first { FileSystem.exists($0) }
    var paths = [main].compactMap(\.self)
    for directory in directories { paths += try files("\(directory)/registries.conf.d") }
    for path in paths { try mirrors.add(FileSystem.readText(path, limit: TOMLReader.maxBytes), source: path) }
    return mirrors
  }

  private static func files(_ directory: String) throws(SealiftError) -> [String] {
    guard FileSystem.isDirectory(directory) else { return [] }
    return try FileSystem.list(directory).sorted().filter { $0.hasSuffix(".conf") }.map { "\(directory)/\($0)" }
  }
}
