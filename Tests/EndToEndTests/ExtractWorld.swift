import Diagnostics
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// A source registry with images that hold manifests, and a directory to work in.
final class ExtractWorld {
  /// Whether all that it takes is installed.
  static let isPossible =
    RegistryServer.program != nil && (try? runTool("python3", ["-c", "import yaml"]).status) == 0
    && RunningProcess.find("skopeo") != nil
  /// Why tests that need it are skipped.
  static let reason = "docker-registry, skopeo or python3 with yaml is not installed"

  let directory: TemporaryDirectory
  let source: RegistryServer
  let target: RegistryServer
  private let layout: LayoutFixture
  private let storage: RegistryStorage
  private var count: UInt64 = 0

  init() throws {
    directory = try TemporaryDirectory()
    source = try RegistryServer()
    target = try RegistryServer()
    layout = try LayoutFixture(directory("layout"))
    storage = RegistryStorage(source)
  }

  var bundle: String { directory("bundle.tar.zst") }
  var manifests: String { directory("manifests") }

  /// Writes a file of the working directory.
  ///
  /// - Parameter text: `@SOURCE` in it stands for the source registry.
  func write(_ name: String, _ text: String) throws {
    try FileSystem.write(Array(text.replacing("@SOURCE", with: source.address).utf8), to: directory(name))
  }

  /// Puts an image into the source whose layers hold what each script leaves in an empty directory.
  ///
  /// - Parameter scripts: Shell commands, in which `$W` is the working directory.
  @discardableResult
  func image(_ repository: String, _ tag: String, _ scripts: String...) throws -> Descriptor {
    let layers = try scripts.map { script in
      count += 1
      let (root, file) = (directory("root\(count)"), directory("layer\(count)"))
      let command = "mkdir \(root); cd \(root); (\(script)); tar -cf - --sort=name . | gzip -n > \(file)"
      let result = try runTool(
        "sh", ["-ec", command], environment: ["LC_ALL=C.UTF-8", "W=\(directory.path)"])
      try #require(result.status == 0, "\(result.errors)")
      return try layout.blob(
        FileSystem.read(file, limit: 64 << 20), "application/vnd.oci.image.layer.v1.tar+gzip")
    }
    return try add(layout.image(layers), repository, tag)
  }

  /// Puts an image of its own into the source for each of the references.
  func standIns(_ references: [String]) throws {
    for reference in references {
      count += 1
      let parts = reference.split(separator: ":")
      try add(layout.image([layout.layer(seed: count, size: 200)]), String(parts[0]), String(parts[1]))
    }
  }

  @discardableResult
  private func add(_ image: Descriptor, _ repository: String, _ tag: String) throws -> Descriptor {
    try storage.add(image, from: layout, to: repository, tag: tag)
    return image
  }

  /// Writes the configuration.
  ///
  /// - Parameter mirror: Lines of `mirror`, in which `@SOURCE` stands for the source registry.
  func configure(_ mirror: String) throws {
    let lines = mirror.split(separator: "\n").map { "  \($0)\n" }.joined()
    try write("isc.yaml", "kind: ImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\nmirror:\n\(lines)")
  }

  /// The arguments that pack what is configured.
  func pack(_ more: String...) -> [String] {
    ["pack", "-c", directory("isc.yaml"), "--unsigned", "--src-tls-verify=false", "--retries", "0", "-o", bundle] + more
  }

  /// The arguments that unpack the bundle with its manifests.
  func unpack(_ prefix: String = "", _ more: String...) -> [String] {
    [
      "unpack", bundle, target.address + prefix, "--allow-unsigned", "--dest-tls-verify=false", "--retries", "0",
      "--manifests", manifests,
    ] + more
  }

  /// What the plan notes.
  func notes() throws -> [String] {
    let output = try Program.succeed(pack("--dry-run", "--json")).output
    let plan = try JSONReader.value(Array(output.utf8), source: "the plan")
    return plan["notes"]?.elements?.compactMap(\.text) ?? []
  }

  /// Compares the objects of files with those that were written, in all but their images, with a parser of its own.
  ///
  /// - Returns: All images that the written objects name, or that a cluster composes of `REGISTRY`, `PROJECT` and the
  ///   like, sorted.
  func compared(with originals: [String]) throws -> [String] {
    let result = try runTool("python3", ["-c", Self.comparison, manifests] + originals.map { directory($0) })
    try #require(result.status == 0, "\(result.errors)")
    return result.output.split(separator: "\n").map(String.init)
  }

  /// Demands that an image can be pulled.
  func expectPullable(_ reference: String) throws {
    let result = try runTool("skopeo", ["inspect", "--tls-verify=false", "docker://\(reference)"])
    #expect(result.status == 0, "\(reference): \(result.errors)")
  }

  private static let comparison = """
    import copy, glob, sys, yaml

    def objects(paths):
      found = {}
      for path in paths:
        for value in yaml.safe_load_all(open(path, "rb")):
          if value is None: continue
          name = (value["apiVersion"], value["kind"], value["metadata"].get("namespace"), value["metadata"]["name"])
          assert name not in found, name
          found[name] = value
      return found

    def containers(value):
      if isinstance(value, list):
        for element in value: yield from containers(element)
      if isinstance(value, dict):
        for key, element in value.items():
          if key in ("containers", "initContainers") and isinstance(element, list): yield from element
          yield from containers(element)

    def split(value):
      images = []
      value = copy.deepcopy(value)
      for container in containers(value):
        if "image" in container: images.append(container.pop("image"))
        variables = container.get("env") or []
        known = {variable["name"]: variable.get("value") for variable in variables}
        for name in known:
          parts = [known.get("REGISTRY"), known.get("PROJECT"), known[name], known.get(name[:-4] + "TAG")]
          if name.endswith("_REPO") and all(parts):
            images.append("/".join(parts[:3]) + ("@" if parts[3].startswith("sha256:") else ":") + parts[3])
        for variable in variables:
          if variable["name"].startswith("RELATED_IMAGE_"): images.append(variable.pop("value"))
          if variable["name"] == "REGISTRY": variable.pop("value", None)
      return value, images

    before = objects(sys.argv[2:])
    after = objects(path for path in glob.glob(sys.argv[1] + "/*/*.yaml") if "/ImageT" not in path)
    after = {name: value for name, value in after.items() if "MirrorSet" not in name[1]}
    assert before.keys() == after.keys(), before.keys() ^ after.keys()
    images = set()
    for name in before:
      (old, named), (new, mirrored) = split(before[name]), split(after[name])
      assert old == new, (name, old, new)
      assert len(named) == len(mirrored) and not set(named) & set(mirrored), (named, mirrored)
      images.update(mirrored)
    print("\\n".join(sorted(images)))
    """
}
