import Charts
import Diagnostics
import YAML

extension Parser {
  /// What reads charts and what they are rendered to.
  static let charts = [wholeCharts, chartIndexes, workloads]

  private static let wholeCharts = Parser(
    "charts",
    samples: {
      let files = [
        "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '9'\ndependencies: [{name: sub, version: '1', alias: s}]\n"
          + "annotations:\n  artifacthub.io/images: |\n    - name: a\n      image: r.io/a:1\n",
        "image: {repository: r.io/team/app, tag: v1}\nglobal: {imageRegistry: r.io}\nsub: {sideImage: a/b:1}\n",
        "apiVersion: v2\nname: sub\nversion: 1.0.0\n", "image: r.io/sub@sha256:\(String(repeating: "a", count: 64))\n",
      ]
      return [Array(files.map { Array($0.utf8) }.joined(separator: [0xFF]))]
    }
  ) { bytes in
    let names = ["Chart.yaml", "values.yaml", "charts/sub/Chart.yaml", "charts/sub/values.yaml", "requirements.yaml"]
    let files = Dictionary(uniqueKeysWithValues: zip(names, parts(bytes)))
    for image in try Chart(files, source: "chart").namedImages().inValues { _ = image.reference }
  }

  private static let chartIndexes = Parser(
    "chart-indexes",
    [
      "apiVersion: v1\nentries:\n  web:\n  - version: 1.0.0\n    urls: [web-1.0.0.tgz]\n    digest: ab\n"
        + "  - version: v1.1.0-rc.1\n    urls: ['https://r.example/web.tgz']\n    type: library\n"
    ]
  ) { _ = try ChartRepositoryIndex($0, source: "index") }

  private static let workloads = Parser(
    "workloads",
    samples: {
      let texts = [
        "{.spec.*.ref}",
        "kind: List\nitems:\n- kind: Pod\n  spec: {containers: [{image: a}], initContainers: [{image: b}]}\n",
      ]
      return [Array(texts.map { Array($0.utf8) }.joined(separator: [0xFF]))]
    }
  ) { bytes in
    let parts = parts(bytes)
    let objects = try YAMLReader.documents(parts.last ?? [], source: "objects", dialect: .lenient).map(\.value)
    _ = WorkloadImages.mentions(in: objects)
    _ = WorkloadImages.mentions(in: objects, at: try JSONPath(text(parts[0])))
  }
}
