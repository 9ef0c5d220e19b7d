internal import Charts
internal import OCI

/// The images of one chart, and what there is to say of how they were found.
struct ChartImages: Sendable {
  /// The images, each once, in the order in which they were found.
  private(set) var references: [ImageReference] = []
  /// What the user should know: one sentence each.
  private(set) var notes: [String] = []
  private let title: String

  /// How many incomplete references are named; a chart that is not understood can have hundreds.
  private static let shownIncomplete = 10

  /// Finds images in what a chart renders to.
  init(of metadata: ChartMetadata, rendered: [ImageMentions]) {
    title = "chart \(metadata.title)"
    for mentions in rendered where mentions.list.isEmpty {
      if let path = mentions.path { notes.append("\(title): the path \(path) of imagePaths finds nothing") }
    }
    take(rendered.flatMap(\.list))
  }

  /// Finds images in what a chart says without being rendered.
  ///
  /// - Parameters:
  ///   - reason: Why it is not rendered: a clause.
  ///   - paths: Paths that only a rendered chart has.
  init(of chart: Chart, because reason: String, paths: [JSONPath]) {
    title = "chart \(chart.metadata.title)"
    let found = chart.namedImages()
    notes.append(
      "\(title) is not rendered, because \(reason): its images are those of \(Chart.listAnnotation) "
        + "(\(found.listed.count)) and of its values (\(found.inValues.count)), which can be too many or too few")
    if !paths.isEmpty { notes.append("\(title): imagePaths are not looked at, because it is not rendered") }
    notes += found.problems.map { "\(title): \($0)" }
    take(found.listed + found.inValues)
  }

  private mutating func take(_ mentions: [ImageMention]) {
    var known: Set<ImageReference> = []
    var names: Set<String> = []
    var incomplete: [ImageMention] = []
    for mention in mentions {
      if let reference = mention.reference {
        if known.insert(reference).inserted { references.append(reference) }
      } else if names.insert(mention.text).inserted {
        incomplete.append(mention)
      }
    }
    for mention in incomplete.prefix(Self.shownIncomplete) {
      notes.append(
        "\(title): '\(mention.text.prefix(200))' (\(mention.place)) is no image with a tag or a digest, and is left out: "
          + "name what it stands for under mirror.additionalImages")
    }
    if incomplete.count > Self.shownIncomplete {
      notes.append("\(title): \(incomplete.count - Self.shownIncomplete) more names of images are left out so")
    }
    if references.isEmpty {
      notes.append("\(title): no image was found: name what it needs under mirror.additionalImages")
    }
  }
}

/// What one search in a rendered chart has found.
struct ImageMentions: Sendable {
  /// The path of the user's that was searched; `nil` for the pods.
  let path: JSONPath?
  /// What was found.
  let list: [ImageMention]
}
