import Charts
import Diagnostics
import Testing
import YAML

struct JSONPathTests {
  private static let object: YAMLValue = [
    "spec": [
      "images": [["ref": "a"], ["ref": "b"], ["other": "x"]], "a.b": "dotted", "deep": ["er": ["ref": "c"]],
    ]
  ]

  @Test(
    "A path finds what Kubernetes' JSONPath finds",
    arguments: [
      ("{.spec.images[*].ref}", ["a", "b"]), (".spec.images[0].ref", ["a"]), ("{.spec.images[-2].ref}", ["b"]),
      ("{.spec['a.b']}", ["dotted"]), ("{.spec.a\\.b}", ["dotted"]), ("{$.spec[\"deep\"].er.ref}", ["c"]),
      ("{..ref}", ["a", "b", "c"]), ("{.spec.images.*.ref}", ["a", "b"]), ("{.spec.images[9].ref}", []),
      ("{.none.at.all}", []),
    ])
  func finds(_ path: String, _ expected: [String]) throws {
    #expect(try JSONPath(path).values(in: Self.object).compactMap(\.text).sorted() == expected)
  }

  @Test(
    "What is not supported is refused with its place",
    arguments: [
      ("{.a[?(@.b)]}", "a filter at character 5"), ("{.a[0:2]}", "a range at character 6"),
      ("{.a[0,1]}", "a union at character 6"), ("{.a}{.b}", "more than one pair of them at character 5"),
      ("image: {.a}", "'i' at character 1"), ("{.a", "no closing brace"), ("{}", "names nothing"),
      ("{.a['b}", "a quote that does not end"), ("{..a..b}", "'..' twice"), ("{.}", "character 3"),
      ("", "names nothing"),
      ("{.a[}", "character 5"), (String(repeating: ".a", count: 600), "longer than 1000"),
      ("{.a[99999999999999999999]}", "character 5"),
    ])
  func refuses(_ path: String, _ problem: String) throws {
    let error = try #require(throws: SealiftError.self) { try JSONPath(path) }
    #expect(error.problem.contains(problem))
    #expect(error.code == .configuration)
  }
}
