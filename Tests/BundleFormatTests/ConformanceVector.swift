import BundleFormat
import Diagnostics
import Digests
import Signing
import TestSupport

/// One bundle of `formats/examples`, sound or not, and what every reader answers.
struct ConformanceVector: Sendable {
  /// What a reader says of a bundle.
  enum Answer: String {
    case sound, damaged, untrusted, newer
  }

  /// The name of the file.
  let file: String
  /// How many of the keys `tiny.pub` and `second.pub` must have signed; 0: the bundle is taken unsigned.
  let need: Int
  let answer: Answer
  /// The part of the document that has the rule.
  let section: String
  /// What the bundle is, or what is wrong with it.
  let what: String
  let make: @Sendable () throws -> [UInt8]

  init(
    _ group: String, _ what: String, need: Int, _ answer: Answer, _ section: String,
    make: @escaping @Sendable () throws -> [UInt8]
  ) {
    let words = what.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    file = "\(group)-\(words.joined(separator: "-")).tar.zst"
    self.need = need
    self.answer = answer
    self.section = section
    self.what = what
    self.make = make
  }

  /// The row of the table.
  var row: String { [file, "\(need)", answer.rawValue, section, what].joined(separator: "\t") }

  static var all: [ConformanceVector] {
    get throws { try sound + attacks + indexes + drafts }
  }

  private static var attacks: [ConformanceVector] {
    Attack.all.map { attack in
      .init(
        "changed", attack.testDescription, need: 2, attack.answer == .untrusted ? .untrusted : .damaged, attack.section,
        make: attack.make)
    }
  }

  /// Signed as they are: their signer has made them so.
  private static var indexes: [ConformanceVector] {
    get throws {
      try IndexMutation.kinds.map { mutation in
        .init("signed", mutation.testDescription, need: 1, mutation.isNewer ? .newer : .damaged, "The index") {
          var forge = Forge(try TinyBundle.example)
          forge.indexBytes = mutation.bytes
          return try forge.bytes
        }
      }
    }
  }

  /// Packed and signed with one rule broken, or nearly: all that follows from what is wrong is right.
  private static var drafts: [ConformanceVector] {
    HostileBundle.sections.flatMap { section, bundles in
      bundles.map { hostile in
        .init("packed", hostile.description, need: 1, hostile.reason == nil ? .sound : .damaged, section) {
          var draft = HostileBundle.sample
          draft.keys = [try TinyBundle.exampleKey]
          try hostile.change(&draft)
          return try draft.bytes()
        }
      }
    }
  }

  private static var sound: [ConformanceVector] {
    get throws {
      let layers = [TinyBundle.Layer.gzip(Gzip.stored([1])), .tar(TinyBundle.tarArchive("a", "A.\n"))]
      let tiny = try TinyBundle.exampleKey
      let both = try [tiny, TinyBundle.secondKey]
      return [
        whole("the example of the document", need: 1, try .example),
        whole("signed by two", need: 2, TinyBundle(layers: layers, keys: both)),
        whole("signed by one more than is needed", need: 1, TinyBundle(layers: layers, keys: both)),
        whole("unsigned", need: 0, TinyBundle(layers: layers, keys: [])),
        whole("no layers and so neither body nor tail", need: 1, TinyBundle(layers: [], keys: [tiny])),
        whole("empty layers", need: 1, TinyBundle(layers: [.gzip([]), .tar([])], keys: [tiny])),
        whole("a body alone", need: 1, TinyBundle(layers: [layers[0]], keys: [tiny])),
        whole("a tail alone", need: 1, TinyBundle(layers: [layers[1]], keys: [tiny])),
        whole("a layer that an image has twice", need: 1, TinyBundle(layers: [layers[0], layers[0]], keys: [tiny])),
        whole("names that are cut", need: 1, TinyBundle(layers: layers, keys: [tiny], release: longNames)),
        index("members that no reader knows", #""created":"#, #""brings":[{"x":[-1.5e99,null,true]}],"created":"#),
        index("white space between tokens", #""created":"#, "\n\t \r\"created\" :\n "),
        index("white space behind the value", #""size":18}]}"#, "\"size\":18}]}\n \n"),
        index("escapes that are not canonical", #""edge""#, #""\u0065dge""#),
      ]
    }
  }

  private static func whole(_ what: String, need: Int, _ bundle: TinyBundle) -> ConformanceVector {
    .init("sound", what, need: need, .sound, "Sections") { try Forge(bundle).bytes }
  }

  /// An index that another writer, or a later one, could have made.
  private static func index(_ what: String, _ old: String, _ new: String) -> ConformanceVector {
    .init("sound", what, need: 1, .sound, "Strict JSON") {
      var forge = Forge(try TinyBundle.example)
      forge.indexBytes = try IndexMutation(what, old, new, "").bytes
      return try forge.bytes
    }
  }

  private static var longNames: TinyRelease {
    var release = TinyRelease()
    release.signature = nil
    for length in [75, 76, 78, 95] {
      let name = String(repeating: "n", count: length)
      release.templates["config/ConfigMap/\(name).yaml"] = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: \(name)

        """
    }
    return release
  }
}

extension IndexMutation {
  /// Whether a later version could have made it.
  fileprivate var isNewer: Bool {
    ["an unknown major version", "an unknown encoding", "a needed feature"].contains(testDescription)
  }
}
