internal import Content
internal import JSON

/// The images of a bundle, for people and for scripts.
enum ImageTable {
  static func text(_ images: [BundleContents.Image], width: Int?) -> String {
    var table = Table([
      ("IMAGE", .left), ("DIGEST", .left), ("PLATFORMS", .left), ("DESTINATION", .left), ("WHY", .left),
    ])
    for image in images {
      table.add([
        image.sources.joined(separator: ","), image.digest, platforms(image),
        image.destinations.joined(separator: ","),
        ([image.reason] + image.also).joined(separator: "; "),
      ])
    }
    return table.text(width: width)
  }

  /// Its platforms, and how many images of its lists it was packed without.
  private static func platforms(_ image: BundleContents.Image) -> String {
    let list = image.platforms.joined(separator: ",")
    return image.absent.isEmpty ? list : "\(list) (without \(image.absent.count) more)"
  }

  static func json(_ images: [BundleContents.Image]) -> JSONValue {
    .array(
      images.map { image in
        .object([
          .init("absent", .strings(image.absent)), .init("also", .strings(image.also)),
          .init("destinations", .strings(image.destinations)),
          .init("digest", .string(image.digest)),
          .init("platforms", .strings(image.platforms)), .init("reason", .string(image.reason)),
          .init("source", .string(image.source)), .init("sources", .strings(image.sources)),
        ])
      })
  }
}

extension JSONValue {
  /// An array of strings.
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
}
