internal import BundleFormat
internal import Digests
internal import OCI

extension HostileBundle {
  /// Bundles that rest on others.
  static let updates: [HostileBundle] = [
    .init("a layer that a base has brought", nil) { $0.hold() },
    .init("a layer at places of two bases", nil) { draft in
      draft.hold()
      draft.index.bases = [
        BundleDraft.base("april.tar.zst", ["team/app"]), BundleDraft.base("march.tar.zst", ["team/app"]),
      ]
    },
    .init("a held layer that is in the bundle all the same", "is listed twice") { draft in
      let blob = draft.index.blobs[0]
      draft.hold()
      draft.index.blobs.insert(blob, at: 0)
    },
    .init("a held layer that no image needs", "no image needs it") { draft in
      draft.hold()
      let blob = draft.addBlob(Array("more".utf8))
      draft.index.blobs.removeAll { $0.descriptor.digest == blob.digest }
      draft.index.held.append(.init(descriptor: blob, places: [0]))
    },
    .init("a held layer with another size in the manifest", "bytes, and manifest") { draft in
      draft.hold()
      draft.index.held[0].descriptor.size += 1
    },
    .init("a held file", "is not among the blobs that it brings") { draft in
      draft.hold()
      let digest = draft.index.carriedFiles[0].digest
      guard let place = draft.index.blobs.firstIndex(where: { $0.descriptor.digest == digest }) else { return }
      draft.index.held.append(.init(descriptor: draft.index.blobs.remove(at: place).descriptor, places: [0]))
    },
    .init("a held layer without bases", "is held at a place of no base") { draft in
      draft.hold()
      draft.index.bases = []
    },
    .init("a base without held layers", "no held blob needs") { draft in
      draft.index.bases = [BundleDraft.base("april.tar.zst", ["team/app"])]
    },
    .init("a base at no place", "no held blob needs base") { draft in
      draft.hold()
      draft.index.bases.append(BundleDraft.base("march.tar.zst", []))
    },
    .init("a place that nothing is held at", "no held blob needs team/zz") { draft in
      draft.holdAtBase { $0.repositories.append("team/zz") }
    },
    .init("places in disorder", "are not in order") { $0.hold(at: [1, 0]) },
    .init("a place twice", "are not in order") { $0.hold(at: [0, 1, 1]) },
    .init("a place that no base has", "is held at a place of no base") { $0.hold(at: [0, 1, 2]) },
    .init("no places", "is held at no place") { $0.hold(at: []) },
    .init("17 places", "more than 16") { $0.hold(at: Array(0..<17)) },
    .init("a base twice", "a base stands twice") { draft in
      draft.hold(at: [0, 1, 2, 3])
      draft.index.bases.append(draft.index.bases[0])
    },
    .init("repositories of a base in disorder", "are not in order") { draft in
      draft.holdAtBase { $0.repositories.reverse() }
    },
    .init("a base's repository that leads elsewhere", "is not a repository's path") { draft in
      draft.holdAtBase { $0.repositories[0] = "../other" }
    },
    .init("a base with a path for a name", "is not the name of a base") { draft in
      draft.holdAtBase { $0.name = "media/april.tar.zst" }
    },
    .init("a base without a name", "is not the name of a base") { draft in draft.holdAtBase { $0.name = "" } },
    .init("a base of a day that there is not", "is not a time") { draft in
      draft.holdAtBase { $0.created = "2026-10-32T00:00:00Z" }
    },
    .init("a held layer with an offset", "only a raw blob has an offset") { draft in
      draft.hold()
      draft.changeText = { $0.replacing(#""encoding":"held","#, with: #""encoding":"held","offset":512,"#) }
    },
    .init("a layer in the body with places", "only a held blob has places") { draft in
      draft.changeText = { $0.replacing(#""offset":512,"#, with: #""offset":512,"places":[0],"#) }
    },
    .init("an update, and a reader that need not know", "'requires' is not") { draft in
      draft.hold()
      draft.changeText = { $0.replacing(#""requires":["bases"],"#, with: "") }
    },
    .init("a held layer before one that is there", "stands behind blobs that are held") { draft in
      draft.hold()
      draft.change = { $0.withLastBlobFirst }
    },
  ]
}
