import Diagnostics
import OCI
import Testing

@Suite struct OCILayoutAddressTests {
  @Test(
    arguments: [
      ("oci:dir", "dir", nil), ("oci:/a/b/", "/a/b/", nil), ("oci:.", ".", nil), ("oci:dir:name", "dir", "name"),
      ("oci:/a/b:path/x:1.2", "/a/b", "path/x:1.2"), ("oci:dir:host:5000/x:1", "dir", "host:5000/x:1"),
      ("oci:dir::x", "dir", ":x"), ("oci:oci:x", "oci", "x"),
    ] as [(String, String, String?)])
  func theFirstColonAfterTheDirectorySeparates(text: String, path: String, name: String?) throws {
    let address = try OCILayoutAddress(text)
    #expect(address.path == path)
    #expect(address.name == name)
    #expect(address.description == text)
  }

  @Test(arguments: ["", "dir", "oci", "oci:", "oci::name", "oci:dir:", "OCI:dir", " oci:dir"])
  func otherTextsAreRefused(text: String) {
    let error = #expect(throws: SealiftError.self) { try OCILayoutAddress(text) }
    #expect(error?.code == .usage)
    #expect(error?.nextStep.contains("oci:DIR:NAME") == true)
  }
}
