internal import Content
internal import Diagnostics
internal import JSON

/// The images of a bundle, for people and for scripts.
enum ImageTable {
  static func text(_ images: [BundleContents.Image], width: Int?) -> String {
    let isUpdate = images.contains { $0.share != nil }
    var table = Table(
      [("IMAGE", .left), ("DIGEST", .left), ("PLATFORMS", .left)]
        + (isUpdate ? [("NEW", .right), ("HELD", .right)] : [])
        + [("DESTINATION", .left), ("WHY", .left)])
    for image in images {
      let share = image.share.map { [$0.new.asBytes, $0.held.asBytes] } ?? []
      table.add(
        [shown(image.sources, ","), image.digest, platforms(image)] + share
          + [shown(image.destinations, ","), shown([image.reason] + image.also, "; ")])
    }
    return table.text(width: width)
  }

  /// Its platforms, and how many images of its lists it was packed without.
  private static func platforms(_ image: BundleContents.Image) -> String {
    let list = shown(image.platforms, ",")
    return image.absent.isEmpty ? list : "\(list) (without \(image.absent.count) more)"
  }

  /// A list as far as a person reads it; `--json` has all.
  private static func shown(_ texts: [String], _ separator: String) -> String {
    let more = texts.count - maximumShown
    let list = texts.prefix(maximumShown).joined(separator: separator)
    return more > 0 ? "\(list)\(separator)and \(more) more" : list
  }

  private static let maximumShown = 32

  static func json(_ images: [BundleContents.Image]) -> JSONValue {
    .array(
      images.map { image in
        .object([
          .init("absent", .strings(image.absent)), .init("also", .strings(image.also)),
          .init("destinations", .strings(image.destinations)),
          .init("digest", .string(image.digest)), .init("heldBytes", image.share.map { .integer($0.held) } ?? .null),
          .init("newBytes", image.share.map { .integer($0.new) } ?? .null),
          .init("platforms", .strings(image.platforms)), .init("reason", .string(image.reason)),
          .init("source", .string(image.source)), .init("sources", .strings(image.sources)),
        ])
      })
  }
}
