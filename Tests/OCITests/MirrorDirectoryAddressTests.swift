import Diagnostics
import Digests
import OCI
import TestSupport
import Testing

@Suite struct MirrorDirectoryAddressTests {
  private static let digest = SHA256Hasher.digest(of: [])

  @Test(
    arguments: [
      ("file://dir", "dir", nil, .all), ("file:///a/b", "/a/b", nil, .all), ("file:///", "/", nil, .all),
      ("file://.", ".", nil, .all), ("file://a:1/b@c", "a:1/b@c", nil, .all),
      ("file:///a/b//openshift/release", "/a/b", "openshift/release", .all),
      ("file:////a//x", "//a", "x", .all), ("file://d//x/y:4.16.0-x86_64", "d", "x/y", .tag("4.16.0-x86_64")),
      ("file://d//x:4.16*", "d", "x", .tag("4.16*")), ("file://d//x:*", "d", "x", .tag("*")),
      ("file://d//x@\(digest)", "d", "x", .digest(digest)),
    ] as [(String, String, String?, MirrorDirectoryAddress.Selector)])
  func aDoubleSlashEndsTheDirectory(
    text: String, path: String, repository: String?, selector: MirrorDirectoryAddress.Selector
  ) throws {
    let address = try MirrorDirectoryAddress(text)
    #expect(address == MirrorDirectoryAddress(path: path, repository: repository, selector: selector))
    #expect(address.description == text)
  }

  @Test func slashesAtTheEndDoNotCount() throws {
    #expect(try MirrorDirectoryAddress("file://d/").description == "file://d")
    #expect(try MirrorDirectoryAddress("file:///a/b///x:1").path == "/a/b")
  }

  @Test(arguments: [
    "", "d", "file:d", "file://", "FILE://d", "oci:d", "file://d//", "file://d//x:", "file://d//:1", "file://d//X:1",
    "file://d//../x", "file://d//x:a/b", "file://d//x@sha256:1", "file://d//x:1@\(digest)", "file://d//x//y:1",
  ])
  func otherTextsAreRefused(text: String) {
    let error = #expect(throws: SealiftError.self) { try MirrorDirectoryAddress(text) }
    #expect(error?.code == .usage)
    #expect(error?.nextStep.isEmpty == false)
  }
}
