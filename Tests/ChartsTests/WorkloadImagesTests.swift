import Charts
import Testing
import YAML

struct WorkloadImagesTests {
  private func objects(_ text: String) throws -> [YAMLValue] {
    try YAMLReader.documents(Array(text.utf8), source: "rendered", dialect: .lenient).map(\.value)
  }

  @Test(
    "All pods of all kinds are looked at",
    arguments: [
      ("kind: Pod\nspec: {containers: [{image: a}], initContainers: [{image: b}]}", ["a", "b"]),
      (
        "kind: Pod\nspec: {ephemeralContainers: [{image: e}], volumes: [{image: {reference: v}}, {emptyDir: {}}]}",
        ["e", "v"]
      ),
      ("kind: Deployment\nspec: {template: {spec: {containers: [{image: a}, {image: b}]}}}", ["a", "b"]),
      ("kind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{image: c}]}}}}}", ["c"]),
      ("kind: PodTemplate\ntemplate: {spec: {containers: [{image: t}]}}", ["t"]),
      ("kind: List\nitems: [{kind: Pod, spec: {containers: [{image: a}]}}]", ["a"]),
      (
        "# nothing\n---\n---\nkind: ConfigMap\ndata: {image: x}\n---\nkind: Pod\nspec: {containers: [{image: z}]}",
        ["z"]
      ),
      ("kind: Pod\nspec: {containers: {image: a}}", []), ("just text", []), ("[1, 2]", []),
    ])
  func pods(_ text: String, _ expected: [String]) throws {
    #expect(try WorkloadImages.mentions(in: objects(text)).map(\.text).sorted() == expected)
  }

  @Test("A path of the user's finds more, and the place is told")
  func paths() throws {
    let objects = try objects("kind: Thing\nmetadata: {name: x}\nspec: {agent: {ref: quay.io/a:1}, none: ''}")
    let found = WorkloadImages.mentions(in: objects, at: try JSONPath("{.spec.*.ref}"))
    #expect(found == [ImageMention("quay.io/a:1", at: "{.spec.*.ref} of Thing x")])
    #expect(WorkloadImages.mentions(in: objects, at: try JSONPath("{.spec}")).isEmpty)
  }
}
