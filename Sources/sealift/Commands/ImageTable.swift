internal import JSON
internal import Operations

/// An image as commands list it.
protocol ListedImage {
  var source: String { get }
  var digest: String { get }
  var destinations: [String] { get }
  var platforms: [String] { get }
  var reason: String { get }
}

extension Inspection.Image: ListedImage {}
extension PackPlan.Image: ListedImage {}

/// The images of a bundle, for people and for scripts.
enum ImageTable {
  static func text(_ images: [some ListedImage], width: Int?) -> String {
    var table = Table([
      ("IMAGE", .left), ("DIGEST", .left), ("PLATFORMS", .left), ("DESTINATION", .left), ("WHY", .left),
    ])
    for image in images {
      table.add([
        image.source, image.digest, image.platforms.joined(separator: ","), image.destinations.joined(separator: ","),
        image.reason,
      ])
    }
    return table.text(width: width)
  }

  static func json(_ images: [some ListedImage]) -> JSONValue {
    .array(
      images.map { image in
        .object([
          .init("destinations", .strings(image.destinations)), .init("digest", .string(image.digest)),
          .init("platforms", .strings(image.platforms)), .init("reason", .string(image.reason)),
          .init("source", .string(image.source)),
        ])
      })
  }
}

extension JSONValue {
  /// An array of strings.
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
