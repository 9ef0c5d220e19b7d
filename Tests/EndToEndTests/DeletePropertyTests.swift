import Digests
import JSON
import OCI
import SystemIO
import TestSupport
import Testing

/// Whatever is asked for: exactly what no receipt needs is gone, and the rest is whole.
@Suite(.enabled(if: RegistryServer.program != nil, "\(RegistryServer.reason)"))
struct DeletePropertyTests {
  @Test(arguments: UInt64(1)...5)
  func exactlyWhatNobodyNeedsGoes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let job = try DeletionJob()
    let names = try Self.fill(job, &random)
    let old = names.subset(&random)
    let deleted = old.subset(&random)
    let others = [names.subset(&random), names.subset(&random)]
    try job.bring("old", old)
    for (number, other) in others.enumerated() { try job.bring("new\(number)", other) }
    // What the old bundle has and nobody asks for, as a bundle of its own says it.
    let rest = old.filter { !deleted.contains($0) }
    if !rest.isEmpty { try job.bring("rest", rest) }
    let kept = [job.receipt("new0"), job.receipt("new1")]
    let stays = kept + (rest.isEmpty ? [] : [job.receipt("rest")])

    try Program.succeed(job.generate(images: deleted, of: ["old"], keeping: kept))
    _ = try job.executed(keeping: kept)
    try job.target.collectGarbage()

    for receipt in stays { #expect(try job.missing(receipt) == [], "seed \(seed): \(old) - \(deleted), \(others)") }
    let needed = try Set(stays.flatMap(Self.manifests))
    let storage = RegistryStorage(job.target)
    for place in try Self.manifests(job.receipt("old")) {
      let words = place.split(separator: "@").map(String.init)
      let isThere = storage.hasManifest(try Digest(words[1]), in: words[0])
      #expect(isThere == needed.contains(place), "seed \(seed), \(place): \(old) - \(deleted), \(others)")
    }
  }

  /// Puts images into the source that share layers, manifests, tags and parts of indexes.
  private static func fill(_ job: DeletionJob, _ random: inout SeededGenerator) throws -> [String] {
    let layers = try (1...5).map { try job.layout.layer(seed: $0, size: 2000) }
    let images = try (0..<4).map { number in
      try job.layout.image(layers.subset(&random) + [job.layout.layer(seed: UInt64(100 + number), size: 50)])
    }
    var names: [String] = []
    func add(_ image: Descriptor, _ name: String) throws {
      try job.add(image, name)
      names.append(name)
    }
    for (number, image) in images.enumerated() {
      let repository = number < 2 ? "team/app" : "team/other"
      try add(image, "\(repository):v\(number)")
      if Bool.random(using: &random) { try add(image, "\(repository):stable\(number)") }
      if Bool.random(using: &random) { try add(image, "team/all:v\(number)") }
      if Bool.random(using: &random) { try job.sign(image, in: repository, seed: UInt64(200 + 2 * number)) }
    }
    try add(job.layout.index([images[0], images[1]]), "team/all:both")
    try add(job.layout.index([images[1], images[2]]), "team/all:last")
    return names
  }

  /// The manifests of a receipt, each as `repository@digest`.
  private static func manifests(_ receipt: String) throws -> [String] {
    let document = try JSONReader.value(FileSystem.read(receipt, limit: 1 << 24), source: "the receipt")
    return (document["manifests"]?.elements ?? []).map {
      "\($0["repository"]?.text ?? "")@\($0["digest"]?.text ?? "")"
    }
  }
}

extension Array {
  /// Some of the elements, at least one, in their order.
  fileprivate func subset(_ random: inout SeededGenerator) -> [Element] {
    let count = Int.random(in: 1...Swift.max(1, self.count), using: &random)
    return indices.shuffled(using: &random).prefix(count).sorted().map { self[$0] }
  }
}
