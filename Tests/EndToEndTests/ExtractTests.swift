import Digests
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
    try world.configure(
      """
      extract:
      - image: @SOURCE/harbour/operator:v1
        paths: [/operator.yml, /deploy/controller.yml]
        variables: {REGISTRY: host, PROJECT: path}
      """)
    let notes = try world.notes()
    #expect(notes.contains { $0.contains("Deployment harbour-operator: named at the mirror: ") }, "\(notes)")
    #expect(
      notes.contains {
        $0.contains("Deployment harbour-operator: composed at the mirror of variables: ")
          && $0.contains("/harbour/ui:v2, ") && $0.contains("/harbour/crane:latest")
      }, "\(notes)")
    #expect(notes.contains { $0.contains("RoleBinding") && $0.contains("grants rights") }, "\(notes)")
    try Program.succeed(world.pack())
    try Program.succeed(world.unpack("/mirror/one"))
    let images = try world.compared(with: ["operator.yml", "controller.yml"])
    let prefix = "\(world.target.address)/mirror/one/harbour/"
    #expect(images.count == 6)
    #expect(images.allSatisfy { $0.hasPrefix(prefix) }, "\(images)")
    #expect(images.contains("\(prefix)ui:v2"))
    for image in images { try world.expectPullable(image) }
  }

  @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.reason)))
  func theMigrationToolkitForOpenShift3NamesTheMirror() throws {
    let versions = [
      "konveyor-mig-operator-master/deploy/non-olm", "konveyor-mig-operator-release-1.2.5/deploy/non-olm/v1.2.5",
      "konveyor-mig-operator-release-1.0/deploy/non-olm/v1.0.1",
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
        if name.endswith("_REPO"): print(values["PROJECT"] + "/" + values[name] + ":" + values[name[:-4] + "TAG"])
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
