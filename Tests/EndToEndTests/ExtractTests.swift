import Diagnostics
import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: ExtractWorld.isPossible, Comment(rawValue: ExtractWorld.reason)))
struct ExtractTests {
  private let world: ExtractWorld

  init() throws { world = try ExtractWorld() }

  @Test func whatIsLiftedOutOfAnImageNamesTheMirror() throws {
    try installHarbourOperator()
    try world.configure(Self.mirror)
    let notes = try world.notes()
    #expect(notes.contains { $0.contains("Deployment harbour-operator: named at the mirror: ") }, "\(notes)")
    #expect(
      notes.contains {
        $0.contains("Deployment harbour-operator: composed at the mirror of variables: ")
          && $0.contains("/harbour/ui:v2, ") && $0.contains("/harbour/crane:latest")
      }, "\(notes)")
    let packed = try Program.succeed(world.pack()).output
    #expect(packed.contains("RoleBinding harbour/system:deployers grants rights: "), "\(packed)")
    try Program.succeed(world.unpack("/mirror/one"))
    let images = try world.compared(with: ["operator.yml", "controller.yml"])
    let prefix = "\(world.target.address)/mirror/one/harbour/"
    #expect(images.count == 6)
    #expect(images.allSatisfy { $0.hasPrefix(prefix) }, "\(images)")
    #expect(images.contains("\(prefix)ui:v2"))
    for image in images { try world.expectPullable(image) }
  }

  @Test func aTargetThatJoinsWhatIsComposedIsRefused() throws {
    try installHarbourOperator()
    try world.configure(Self.mirror)
    try Program.succeed(world.pack())
    let result = try Program.run(world.unpack("/mirror", "--max-nested-paths", "2"))
    expectFailure(
      result, .usage, "Deployment harbour-operator composes \(world.target.address)/mirror/harbour/",
      "with --max-nested-paths that image is \(world.target.address)/mirror/harbour-")
    #expect(try RegistryStorage(world.target).allTags().isEmpty)
    // Where nothing is joined, the limit makes no difference.
    try Program.succeed(world.unpack("/mirror", "--max-nested-paths", "3"))
    for image in try world.compared(with: ["operator.yml", "controller.yml"]) { try world.expectPullable(image) }
  }

  @Test func withoutRewritingTheObjectsStayAsTheyAre() throws {
    try installHarbourOperator()
    try world.configure(
      """
      extract:
      - image: @SOURCE/harbour/operator:v1
        paths: [/operator.yml]
        rewriteImages: false
      """)
    let notes = try world.notes()
    #expect(
      notes.contains {
        $0.contains(
          "Deployment harbour-operator: @SOURCE/harbour/operator:v1, ".replacing("@SOURCE", with: world.source.address))
          && $0.hasSuffix(": neither packed nor rewritten, as rewriteImages is false")
      }, "\(notes)")
    try Program.succeed(world.pack())
    #expect(try inspected(world.bundle)["images"]?.elements?.count == 1)
    try Program.succeed(world.unpack())
    let text = try FileSystem.read("\(world.manifests)/Deployment/harbour_harbour-operator.yaml", limit: 1 << 20)
    #expect(String(decoding: text, as: UTF8.self).contains("image: \(world.source.address)/harbour/init:v1\n"))
  }

  @Test func whatIsMissingIsAnErrorAndCanBeLeftOut() throws {
    try world.write("operator.yml", Self.operatorText("v9"))
    try world.image("harbour/operator", "v1", "cp $W/operator.yml .")
    try world.standIns(["harbour/init:v1", "harbour/ui:v2", "harbour/gull:v3", "harbour/pinned:v9"])
    try world.configure(Self.mirror.replacing(", /deploy/controller.yml", with: ""))
    expectFailure(
      try Program.run(world.pack()), .notFound, "harbour/crane:latest",
      "(image of manifest Deployment/harbour_harbour-operator.yaml) does not exist", next: "--keep-going")
    let result = try Program.run(world.pack("--keep-going"))
    #expect(result.status == SealiftError.Code.incomplete.rawValue)
    #expect(
      (result.output + result.errors).contains(
        "named at the mirror, but not in the bundle: \(world.source.address)/harbour/crane"))
    try Program.succeed(world.unpack())
    let images = try world.compared(with: ["operator.yml"])
    for image in images where !image.contains("/crane:") { try world.expectPullable(image) }
  }

  @Test func whatAppliesToSomeProfilesIsWrittenForThose() throws {
    try installHarbourOperator()
    try world.configure(Self.mirror + "\n  profiles: [ocp3]")
    try Program.succeed(world.pack())
    expectFailure(try Program.run(world.unpack()), .usage, "ocp3")
    try Program.succeed(world.unpack("", "--profile", "ocp3"))
    #expect(try world.compared(with: ["operator.yml", "controller.yml"]).count == 6)
  }

  @Test(arguments: [
    ("/operator.yaml", "/operator.yaml does not exist in it; there is /operator.yml"),
    ("/controller.yml", "/controller.yml does not exist in it; there is /deploy/controller.yml"),
    ("/absent", "/absent does not exist in it; beside it are /operator.yml"),
    ("/deploy", "/deploy is a directory; there is /deploy/controller.yml"),
    ("/link.yml", "/link.yml is a symbolic link to 'deploy/controller.yml', and links are not followed"),
    ("/bin/tool.yml", "/bin is a symbolic link to 'usr/bin', and links are not followed"),
    ("/gone.yml", "/gone.yml does not exist in it"),
    ("/huge.yml", "has huge.yml with 954 MiB, and at most 8 MiB are read"),
    ("/zz", "has zz, which is wanted, as a device or a pipe"),
  ])
  func refusesWhatIsNoFileOfManifests(path: String, problem: String) throws {
    try world.write("controller.yml", Self.controllerText)
    try world.image(
      "harbour/operator", "v1",
      "cp $W/controller.yml gone.yml; mkdir -p usr/bin; cp $W/controller.yml usr/bin/tool.yml",
      """
      mkdir deploy; cp $W/controller.yml deploy; cp $W/controller.yml operator.yml; ln -s deploy/controller.yml link.yml
      ln -s usr/bin bin; touch .wh.gone.yml; mkfifo zz
      \(path == "/huge.yml" ? "truncate -s 1000000000 huge.yml" : "true")
      """)
    try world.configure("extract:\n- image: @SOURCE/harbour/operator:v1\n  paths: [\(path)]")
    let result = try Program.run(world.pack())
    expectFailure(
      result, path == "/huge.yml" || path == "/zz" ? .protocol : .configuration,
      "isc.yaml:5:", "\(world.source.address)/harbour/operator:v1: ", problem)
    #expect(!FileSystem.exists(world.bundle))
  }

  @Test(arguments: [
    ("a: &x 1", "anchor"), ("a: *x", "alias"), ("a: !!str 1", "tag"), ("- a", "this is no object"),
    ("apiVersion: v1\nkind: Pod", "no metadata"), ("", "holds no object"), ("\u{1}", "control"),
  ])
  func refusesWhatIsNoManifest(text: String, problem: String) throws {
    try world.write("a.yml", text)
    try world.image("harbour/operator", "v1", "cp $W/a.yml .")
    try world.configure("extract:\n- image: @SOURCE/harbour/operator:v1\n  paths: [/a.yml]")
    expectFailure(
      try Program.run(world.pack()), .configuration, "\(world.source.address)/harbour/operator:v1:/a.yml", problem)
  }

  @Test func twoImagesThatBringDifferentObjectsForOnePathAreRefused() throws {
    for (name, value) in [("one", "1"), ("two", "2")] {
      try world.write(
        "a.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {v: '\(value)'}\n")
      try world.image("harbour/\(name)", "v1", "cp $W/a.yml .")
    }
    try world.configure(
      """
      extract:
      - {image: '@SOURCE/harbour/one:v1', paths: [/a.yml], profiles: [hub]}
      - {image: '@SOURCE/harbour/two:v1', paths: [/a.yml], profiles: [managed]}
      """)
    expectFailure(
      try Program.run(world.pack()), .configuration, "/harbour/one:v1:/a.yml", "/harbour/two:v1:/a.yml",
      "ConfigMap/b_a.yaml")
  }

  @Test func variablesThatNoContainerHasAreRefused() throws {
    try installHarbourOperator()
    try world.configure(Self.mirror.replacing("REGISTRY", with: "REGISTRI"))
    expectFailure(
      try Program.run(world.pack()), .configuration, "isc.yaml:5:",
      "no container of /operator.yml, /deploy/controller.yml has a registry's host in REGISTRI")
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.reason)))
  func theMigrationToolkitForOpenShift3NamesTheMirror() throws {
    let versions = [
      "konveyor-mig-operator-master/deploy/non-olm", "konveyor-mig-operator-release-1.2.5/deploy/non-olm/v1.2.5",
      "konveyor-mig-operator-release-1.0/deploy/non-olm/v1.0.1",
      "konveyor-mig-operator-release-1.0/deploy/non-olm/v1.0.0",
    ]
    for version in versions {
      let world = try ExtractWorld()
      let names = ["operator.yml", "controller-3.yml"]
      for name in names {
        let text = try FileSystem.read(Corpus.path("bundles/mtc/\(version)/\(name)"), limit: 1 << 20)
        try world.write(name, String(decoding: text, as: UTF8.self).replacing("quay.io", with: "@SOURCE"))
      }
      let (operatorImage, operands) = try Self.images(of: world.directory("operator.yml"), world.source.address)
      let parts = operatorImage.split(separator: ":").map(String.init)
      try world.image(parts[0], parts[1], "cp $W/operator.yml $W/controller-3.yml .")
      try world.standIns(operands)
      try world.configure(
        """
        extract:
        - image: @SOURCE/\(operatorImage)
          paths: [/operator.yml, /controller-3.yml]
          variables: {REGISTRY: host, PROJECT: path}
        """)
      let notes = try world.notes().filter { $0.contains("MIG_UI_REPO") }
      // One version takes the tags of some images from a variable of another name.
      #expect(notes.isEmpty == !version.hasSuffix("v1.0.0"), "\(notes)")
      #expect(notes.allSatisfy { $0.contains("MIG_UI_REPO is 'mig-ui' and has no MIG_UI_TAG: its image is not known") })
      try Program.succeed(world.pack())
      try Program.succeed(world.unpack())
      let images = try world.compared(with: names)
      #expect(images.count == operands.count + 1, "\(version): \(images)")
      for image in images { try world.expectPullable(image) }
    }
  }

  /// The image of the operator and those that it composes, as a shell would find them.
  private static func images(of file: String, _ registry: String) throws -> (String, [String]) {
    let script = """
      import re, sys
      text = open(sys.argv[1]).read()
      values = dict(re.findall(r"- name: (\\w+)\\n +value: (\\S+)", text))
      print(re.search(r"image: [^/]+/(\\S+)", text)[1])
      for name in values:
        if name.endswith("_REPO") and name[:-4] + "TAG" in values:
          print(values["PROJECT"] + "/" + values[name] + ":" + values[name[:-4] + "TAG"])
      """
    let result = try runTool("python3", ["-c", script, file])
    try #require(result.status == 0, "\(result.errors)")
    var lines = result.output.split(separator: "\n").map(String.init)
    return (lines.removeFirst(), lines)
  }

  /// Puts an operator of our own making, and what it names, into the source.
  private func installHarbourOperator() throws {
    let pinned = try world.image("harbour/pinned", "v1", "echo pinned > name")
    try world.write("operator.yml", Self.operatorText(pinned.digest.description).replacing("\n", with: "\r\n"))
    try world.write("controller.yml", Self.controllerText)
    // The file of the lower layer is replaced, and the one that counts is a hard link.
    try world.image(
      "harbour/operator", "v1", "echo 'kind: Stale' > operator.yml",
      "mkdir deploy opt; cp $W/operator.yml opt/original; ln opt/original operator.yml; cp $W/controller.yml deploy")
    try world.standIns(["harbour/init:v1", "harbour/ui:v2", "harbour/crane:latest", "harbour/gull:v3"])
  }

  private static let mirror = """
    extract:
    - image: @SOURCE/harbour/operator:v1
      paths: [/operator.yml, /deploy/controller.yml]
      variables: {REGISTRY: host, PROJECT: path}
    """

  private static func operatorText(_ pinned: String) -> String {
    """
    # Installs the operator.
    ---
    apiVersion: v1
    kind: Namespace
    metadata:
      name: "harbour"
      annotations: {openshift.io/node-selector: ""}
    ---
    apiVersion: rbac.authorization.k8s.io/v1beta1
    kind: RoleBinding
    metadata: {name: "system:deployers", namespace: harbour, creationTimestamp: null}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:deployer}
    subjects:
    - {kind: ServiceAccount, name: deployer, namespace: harbour}
    userNames: ["system:serviceaccount:harbour:deployer"]
    ---
    apiVersion: apiextensions.k8s.io/v1beta1
    kind: CustomResourceDefinition
    metadata: {name: harbours.example.com}
    spec:
      group: example.com
      names: {kind: Harbour, plural: harbours}
      version: v1alpha1
      subresources: {status: {}}
    ---
    apiVersion: apps/v1beta1
    kind: Deployment
    metadata: {name: harbour-operator, namespace: harbour}
    spec:
      replicas: 1
      template:
        spec:
          initContainers:
          - name: init
            image: @SOURCE/harbour/init:v1
            command: ["sh", "-c", "echo 'a\\tb' # no comment"]
          containers:
          - name: operator
            image: "@SOURCE/harbour/operator:v1"   # the operator itself
            args:
            - |
              two
              lines
            env:
            - name: POD_NAME
              valueFrom: {fieldRef: {fieldPath: metadata.name}}
            - {name: REGISTRY, value: '@SOURCE'}
            - {name: PROJECT, value: harbour}
            - {name: UI_REPO, value: ui}
            - {name: UI_TAG, value: v2}
            - {name: CRANE_TAG, value: latest}
            - {name: CRANE_REPO, value: crane}
            - {name: PINNED_REPO, value: pinned}
            - {name: PINNED_TAG, value: '\(pinned)'}
            - {name: RELATED_IMAGE_GULL, value: '@SOURCE/harbour/gull:v3'}
            - {name: TIMEOUT, value: "1.50"}
          - name: sidecar
            image: @SOURCE/harbour/operator:v1
    ...

    """
  }

  private static let controllerText = """
    apiVersion: example.com/v1alpha1
    kind: Harbour
    metadata:
      name: harbour
      namespace: harbour
    spec:
      group: ''
      ui: false
      timeout: 1h
      ratio: 0.50

    """
}
