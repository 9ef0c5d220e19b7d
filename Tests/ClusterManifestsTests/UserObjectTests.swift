import ClusterManifests
import Diagnostics
import TestSupport
import Testing
import YAML

/// Objects that users bring: what is taken, how it is carried, and what is refused.
@Suite struct UserObjectTests {
  private static let header = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

  private func read(_ text: String, _ source: String = "in.yaml", profiles: [String] = []) throws -> [UserObject] {
    try UserObject.read(Array(text.utf8), source: source, profiles: profiles)
  }

  private func text(_ object: UserObject) -> String { String(decoding: object.manifest.bytes, as: UTF8.self) }

  @Test func eachDocumentIsAnObjectOfItsOwn() throws {
    let found = try read(
      """
      # Two objects, and much that is none.
      ---
      # nothing
      ---
      apiVersion: v1 # here
      kind: Namespace
      metadata:
        name: space
      ---
      ---
      kind: Role
      apiVersion: rbac.authorization.k8s.io/v1
      metadata: {namespace: space, name: "system:reader@x"}
      rules: []
      ...

      """, profiles: ["hub", "b", "hub"])
    #expect(found.map(\.manifest.path) == ["Namespace/space.yaml", "Role/space_system_reader_x.yaml"])
    #expect(found.map(\.place) == ["in.yaml:5:1", "in.yaml:11:1"])
    #expect(found.map(\.profiles) == [["b", "hub"], ["b", "hub"]])
    #expect(found.map(\.source) == ["in.yaml", "in.yaml"])
    #expect(text(found[0]) == "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: space\n")
  }

  @Test func lineEndsOfWindowsAndAByteOrderMarkChangeNothing() throws {
    let text = "\(Self.header)data:\n  a: |\n    one\n    two\n  b: 'x\n    y'\n---\n\(Self.header)"
    let windows = "\u{FEFF}" + text.replacing("\n", with: "\r\n")
    #expect(try read(windows).map(\.manifest) == (try read(text).map(\.manifest)))
    #expect(try read(windows).first.map(self.text)?.contains("a: |\n    one\n    two\n") == true)
  }

  @Test func aListIsItsElements() throws {
    let list = """
      apiVersion: v1
      kind: List
      metadata: {resourceVersion: ""}
      items:
      - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
      - {apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: ns}}

      """
    let found = try read(list)
    #expect(found.map(\.manifest.path) == ["ConfigMap/a.yaml", "ConfigMap/ns_b.yaml"])
    #expect(found.map(\.place) == ["in.yaml:1:1, item 1", "in.yaml:1:1, item 2"])
  }

  @Test(arguments: ["in.json", "in.yaml"]) func jsonIsReadAsJSON(source: String) throws {
    let found = try read(
      #"""
      {"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"smile":"\ud83d\ude00\/\t","yes":"no"},
      	"n": 1e400, "f": 0.10, "t": true, "z": null, "big": 123456789012345678901234567890}
      """#, source)
    #expect(
      found.map(text) == [
        """
        apiVersion: v1
        big: 123456789012345678901234567890
        data:
          smile: "\\U0001F600/\\t"
          "yes": "no"
        f: 0.10
        kind: ConfigMap
        metadata:
          name: a
        "n": 1e400
        t: true
        z: null

        """
      ])
  }

  @Test func aFlowMappingOfYAMLIsReadAsYAML() throws {
    #expect(
      try read("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}").map(\.manifest.path) == ["ConfigMap/a.yaml"])
  }

  @Test(.enabled(if: hasTool("python3"), "python3 is not installed")) func anotherReaderReadsTheSame() throws {
    let original = """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: a, annotations: {"1": "2", 3: x}}
      numbers: [0, -1, +1, 007, 0o7, 0x1F, 1_000, 1.10, 1., .5, 6.02e+23, 1e3, 123456789012345678901234567890]
      others: [true, False, yes, off, y, ~, null, "", 2024-01-01, 2001-12-14t21:59:43.10-05:00, 190:20:30, =]
      quoted: ["0", '1.0', "true", 'null', "2024-01-01", "~", "=", "<<", "a: b", "# x", " x ", "\\x00\\e\\u2028"]
      folded: >-
        one
        two

        three
      block: |+
        one
         two

      stripped: |-
        a: b
        \tc
      plain: one
        two # gone
      empty:
      lists: [[], {}, [[1], {a: [~]}]]
      Ünïcode: [日本, "\\U0001F600", e\u{301}]

      """
    let found = try read(original)
    let script = """
      import sys, yaml
      def tree(node):
          if isinstance(node, yaml.MappingNode):
              return sorted((key.value, tree(value)) for key, value in node.value)
          if isinstance(node, yaml.SequenceNode):
              return [tree(each) for each in node.value]
          return (node.tag, node.value)
      before, after = (tree(yaml.compose(each)) for each in sys.stdin.buffer.read().decode().split("%%%"))
      assert before == after, (before, after)
      assert len(before) > 10
      """
    let result = try runTool(
      "python3", ["-c", script], input: original + "%%%" + found.map(text).joined(separator: "---\n"))
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test(arguments: [
    ("a: &x 1", "in.yaml:1:4: the anchor '&x'"),
    ("a: 1\nb: *x", "in.yaml:2:4: the alias '*x'"),
    ("\(header)data: !!binary eA==", "in.yaml:4:7: the tag"),
    ("\(header)data: !Sub x", "in.yaml:4:7: the tag '!Sub'"),
    ("\(header)data: {<<: {a: b}}", "in.yaml:4:8: the merge key"),
    ("\(header)data: {a: b, a: c}", "in.yaml:4:14: the key 'a' stands twice"),
    ("\(header)kind: Secret", "in.yaml:4:1: the key 'kind' stands twice, first in line 2"),
    ("\(header)spec: {y: 1}", "in.yaml:4:8: the key 'y' is not text for every reader"),
    ("\(header)spec: {1.10: 1}", "the key '1.10' is not text"),
    ("\(header)spec: {0x10: 1}", "the key '0x10' is not text"),
    ("\(header)spec: {~: 1}", "the key '~' is not text"),
    ("\(header)spec: {? [a] : 1}", "a key must be plain text"),
    ("\(header)spec: .nan", "in.yaml:4:7: '.nan' is a number that JSON does not have"),
    ("\(header)spec: -.Inf", "'-.Inf' is a number that JSON does not have"),
    ("\(header)spec: \(String(repeating: "[", count: 65))", "nested more than 64 deep"),
    ("\(header)spec: [", "in.yaml:5:1: "),
    ("- a", "in.yaml:1:1: this is no object"),
    ("text", "in.yaml:1:1: this is no object"),
    ("kind: ConfigMap\nmetadata: {name: a}", "has no apiVersion"),
    ("apiVersion: v1\nmetadata: {name: a}", "has no kind"),
    ("apiVersion: 1\nkind: A\nmetadata: {name: a}", "has no apiVersion"),
    ("apiVersion: a/b/c\nkind: A\nmetadata: {name: a}", "has no apiVersion"),
    ("apiVersion: v1\nkind: ../A\nmetadata: {name: a}", "has no kind"),
    ("apiVersion: v1\nkind: -A\nmetadata: {name: a}", "has no kind"),
    ("apiVersion: v1\nkind: A", "has no metadata"),
    ("apiVersion: v1\nkind: A\nmetadata: {}", "has no metadata.name"),
    ("apiVersion: v1\nkind: A\nmetadata: {generateName: a-}", "has generateName and no name"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: 1}", "is not one that can be carried"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a/b}", "'a/b', is not one that can be carried"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: ..}", "'..', is not one"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: --all}", "'--all', is not one"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: $(x)}", "'$(x)', is not one"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: 'a b'}", "'a b', is not one"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: \(String(repeating: "a", count: 254))}", "is not one"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: ../b}", "the namespace of this A"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, namespace: 7}", "the namespace of this A"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, uid: b}", "metadata.uid, which belongs to one cluster"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, resourceVersion: '1'}", "metadata.resourceVersion"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a, managedFields: [{}]}", "metadata.managedFields"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: a}\nstatus: {}", "nothing but a status"),
    ("apiVersion: v1\nkind: List", "is a List without items"),
    ("apiVersion: v1\nkind: RoleList\nitems: []", "not one of the kind List of v1"),
    ("apiVersion: v1\nkind: List\nitems: [1]", "in.yaml:1:1, item 1: this is no object"),
    ("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]", "item 1: this is no object, or"),
    ("apiVersion: v1\nkind: List\nitems: []\nspec: {}", "is a List with the field 'spec'"),
    ("\(header)data: {a: see sealift.target.invalid/b}", "where it cannot be filled in"),
    ("\(header)data: {sealift.target.invalid: b}", "where it cannot be filled in"),
    ("apiVersion: v1\nkind: A\nmetadata: {name: sealift.target.invalid}", "is the name of an object"),
  ])
  func whatCannotBeCarriedIsRefusedByName(text: String, words: String) {
    let error = #expect(throws: SealiftError.self) { try read(text) }
    #expect(error?.code == .configuration)
    #expect(
      error?.problem.hasPrefix("in.yaml") == true && error?.problem.contains(words) == true,
      "\(error?.problem ?? "")")
  }

  @Test(arguments: [
    "{", "[]", "1", #"{"a":1,"a":2}"#, #"{"a":1}{"b":"#, #"{"a":"\ud800"}"#, "kind: ConfigMap",
    #"{"apiVersion":"v1","kind":"A","metadata":{"name":"a"}} x"#,
  ])
  func whatIsNotJSONIsRefusedInAFileOfThatName(text: String) {
    let error = #expect(throws: SealiftError.self) { try read(text, "in.json") }
    #expect(error?.code == .configuration && error?.problem.contains("in.json") == true)
  }

  @Test func anObjectThatApplyCannotTakeIsRefused() throws {
    let fits = String(repeating: "x", count: 249_900)
    #expect(try read("\(Self.header)data: {a: \(fits)}").count == 1)
    let error = #expect(throws: SealiftError.self) { try read("\(Self.header)data: {a: \(fits)\(fits.prefix(100))}") }
    #expect(error?.problem.contains("ConfigMap a has 2") == true, "\(error?.problem ?? "")")
    let large = #expect(throws: SealiftError.self) { try read(String(repeating: "#\n", count: 5 << 20)) }
    #expect(large?.code == .configuration && large?.problem.contains("in.yaml is larger than") == true)
  }

  @Test func aPlaceholderMayBeWrittenOnPurpose() throws {
    let found = try read("\(Self.header)data: {a: sealift.target.invalid/team/app:v1, b: sealift.target.invalid}")
    #expect(found.count == 1)
  }

  @Test func aFileOfNothingHoldsNoObject() throws {
    for text in ["", "# x\n", "---\n", "\u{FEFF}", "null\n---\n~\n"] { #expect(try read(text).isEmpty) }
  }

  @Test func aPathFitsIntoABundleWhateverTheNames() throws {
    let (space, name) = (String(repeating: "n", count: 63), String(repeating: "a", count: 253))
    let paths = try ["A", String(repeating: "K", count: 63)].flatMap { kind in
      try ["\(name)", "\(name.dropLast())b"].map { name in
        try read("apiVersion: v1\nkind: \(kind)\nmetadata: {name: \(name), namespace: \(space)}")[0].manifest.path
      }
    }
    #expect(Set(paths).count == 4)
    for path in paths {
      #expect("config/\(path)".utf8.count <= 155)
      #expect(path.split(separator: "/").allSatisfy { $0.utf8.count <= 100 })
    }
  }

  @Test func anotherObjectCanTakeItsPlace() throws {
    let object = try read("\(Self.header)data: {a: b}", profiles: ["p"])[0]
    let other = try object.with([
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "b"], "data": ["a": "c"],
    ])
    #expect(other.manifest.path == "ConfigMap/b.yaml" && other.profiles == ["p"] && other.place == object.place)
    #expect(throws: SealiftError.self) { try object.with(["kind": "ConfigMap"]) }
  }
}
