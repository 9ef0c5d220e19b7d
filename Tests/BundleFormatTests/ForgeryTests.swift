@testable import BundleFormat
import Diagnostics
import Signing
import Tar
import TestSupport
import Testing
import Zstd

/// A bundle made by somebody who knows the format and means harm, or whose writer has a defect.
struct Forgery: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: SealiftError.Code
  /// Parts that the message must have, in each way of reading.
  let reasons: [String]
  let make: @Sendable (inout Forge) throws -> Void

  init(
    _ name: String, _ reasons: String..., code: SealiftError.Code = .corrupt,
    make: @escaping @Sendable (inout Forge) throws -> Void
  ) {
    testDescription = name
    self.code = code
    self.reasons = reasons
    self.make = make
  }
}

struct ForgeryTests {
  static let trusted = [try? PrivateKey.generate(), try? PrivateKey.generate()].compactMap(\.self)
  static let bundle = TinyBundle(
    layers: [
      .gzip(SampleBundle.bytes(700)), .gzip(SampleBundle.bytes(701)), .gzip([]), .tar(SampleBundle.bytes(900)),
      .tar(SampleBundle.bytes(901)), .tar([]),
    ], keys: trusted, release: TinyRelease())

  private func check(_ forgery: Forgery) throws {
    var forge = Forge(Self.bundle)
    try forgery.make(&forge)
    for (way, error) in try Damage(Self.bundle.policy).errors(forge.bytes).enumerated() {
      #expect(error?.code == forgery.code, "way \(way): \(error?.problem ?? "not found")")
      for reason in forgery.reasons {
        #expect(error?.problem.contains(reason) == true, "way \(way): \(error?.problem ?? "not found")")
      }
    }
  }

  @Test("The bundle that is forged from is sound")
  func sound() throws {
    #expect(try Damage(Self.bundle.policy).errors(Forge(Self.bundle).bytes).allSatisfy { $0 == nil })
  }

  @Test("Entries swapped, dropped, doubled or inserted", arguments: Forge.Part.allCases)
  func order(_ part: Forge.Part) throws {
    let sound = Forge(Self.bundle)
    let count = sound[part].count
    let damage = try Damage(Self.bundle.policy)
    func refused(_ what: String, _ change: (inout [Forge.Entry]) -> Void) throws {
      var forge = sound
      change(&forge[part])
      for (way, error) in try damage.errors(forge.bytes).enumerated() {
        let problem = error?.problem ?? "not found"
        #expect(error?.code == .corrupt && problem.contains("byte"), "\(what), way \(way): \(problem)")
      }
    }
    for first in 0..<count {
      for second in first + 1..<count { try refused("\(first) and \(second) swapped") { $0.swapAt(first, second) } }
      try refused("\(first) dropped") { $0.remove(at: first) }
      try refused("\(first) doubled") { $0.insert($0[first], at: first) }
    }
    for place in 0...count {
      try refused("inserted at \(place)") { $0.insert(Forge.Entry("unlisted", [1, 2, 3]), at: place) }
    }
  }

  static let headers: [(String, Int, String)] = [
    ("a path upwards", 0, "../"), ("an absolute path", 0, "/"), ("another name", 10, "x"), ("a longer name", 99, "x"),
    ("a hard link", 156, "1"), ("a symbolic link", 156, "2"), ("a character device", 156, "3"),
    ("a block device", 156, "4"), ("a directory", 156, "5"), ("a pipe", 156, "6"),
    ("the old type of a file", 156, "\0"),
    ("a sparse file of GNU", 156, "S"), ("another mode", 100, "0004755"), ("an owner", 108, "0000001"),
    ("a group", 116, "0000001"), ("another size", 124, "00000000001"), ("a size in another form", 124, " "),
    ("a time", 136, "00000000001"), ("the target of a link", 157, "/etc/passwd"), ("the magic of GNU", 257, "ustar  "),
    ("the name of an owner", 265, "root"), ("a device", 329, "0000001"), ("a prefix", 345, ".."),
    ("bytes behind the fields", 500, "x"),
  ]

  /// The header with other bytes, and a checksum that fits.
  private static func changed(_ entry: Forge.Entry, at offset: Int, _ text: String) -> [UInt8] {
    var header = entry.header
    header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    header.replaceSubrange(148..<156, with: "        ".utf8)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    header.replaceSubrange(148..<155, with: Array((String(repeating: "0", count: 6 - sum.count) + sum).utf8) + [0])
    return header
  }

  @Test("Headers of any other kind", arguments: headers.indices)
  func header(_ number: Int) throws {
    let (name, offset, text) = Self.headers[number]
    for part in Forge.Part.allCases {
      try check(
        Forgery(name, "its tar header is not the one that the index asks for") { forge in
          forge[part][1].header = Self.changed(forge[part][1], at: offset, text)
        })
    }
  }

  @Test("Headers of extensions in front of an entry", arguments: ["x", "g", "L", "K"])
  func extensionHeader(_ type: String) throws {
    let record = Array("19 path=/etc/passwd\n".utf8)
    for part in Forge.Part.allCases {
      try check(
        Forgery("type \(type)", "is damaged in", "at byte") { forge in
          let entry = Forge.Entry("././@PaxHeader", record)
          let header = Self.changed(entry, at: 156, type)
          forge[part].insert(Forge.Entry(header: header, content: record), at: 0)
        })
    }
  }

  @Test("Content that is not the listed one, and padding that is not zero")
  func content() throws {
    for part in Forge.Part.allCases {
      try check(
        Forgery("content", "have the digest sha256:") { $0[part][0].content[10] ^= 1 })
      try check(
        Forgery("padding", "there are bytes in its padding") { forge in
          let entry = forge[part][0]
          // The padding belongs to what is stored, and the header says where the content ends.
          forge[part][0].content = entry.content + [1]
        })
    }
  }

  @Test("An index that was changed and signed again", arguments: try IndexMutation.all)
  func index(_ mutation: IndexMutation) throws {
    var forge = Forge(try TinyBundle.example)
    forge.indexBytes = mutation.bytes
    for (way, error) in try Damage(TinyBundle.example.policy).errors(forge.bytes).enumerated() {
      #expect(error?.code == .corrupt, "way \(way): \(error?.problem ?? "not found")")
      #expect(error?.problem.contains(mutation.reason) == true, "way \(way): \(error?.problem ?? "not found")")
    }
  }

  @Test("A signed index that lists other sizes than the bundle has")
  func otherSizes() throws {
    for (from, to) in [("\"size\":700}", "\"size\":699}"), ("\"size\":900}", "\"size\":901}")] {
      try check(
        Forgery("\(from) becomes \(to)", "the bundle is not whole") { forge in
          let text = String(decoding: forge.indexBytes, as: UTF8.self)
          forge.indexBytes = Array(text.replacing(from, with: to).utf8)
        })
    }
  }

  @Test(
    "A bundle that goes on behind its end",
    arguments: [
      [0], Array("tail".utf8), SeekTable().bytes, [UInt8](repeating: 0, count: 1024),
      (try? Forge(bundle).bytes) ?? [],
      TinyBundle.tarArchive("more", "text").withUnsafeBytes { ZstdCompressor().frame($0) },
    ])
  func trailer(_ trailer: [UInt8]) throws {
    try check(Forgery("\(trailer.count) bytes", "byte") { $0.trailer = trailer })
  }
}
