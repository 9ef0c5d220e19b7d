import Content
import Diagnostics
import Digests
import Gathering
import TestSupport
import Testing

@testable import Arguments
@testable import Packing
@testable import sealift

/// A run of `pack` that goes on with an unfinished bundle compares every option that decides its bytes.
@Suite struct PackInputsTests {
  /// Options that decide the bytes of a bundle, as the command line has them.
  private static let compared = [
    "image": ["--image", "oci:b"], "no-referrers": ["--no-referrers"],
    "skip-foreign-layers": ["--skip-foreign-layers"], "keep-going": ["--keep-going"],
    "graph-url": ["--graph-url", "https://a"], "graph-file": ["--graph-file", "a"],
    "release-key": ["--release-key", "a"],
    "signature-store": ["--signature-store", "a"], "allow-unsigned-release": ["--allow-unsigned-release", "4.18.1"],
    "graph-data": ["--graph-data", "a"], "graph-base-image": ["--graph-base-image", "a"],
    "with-dependencies": ["--with-dependencies"], "catalog-base": ["--catalog-base", "scratch"],
    "catalog-by-tag": ["--catalog-by-tag"], "volume-size": ["--volume-size", "1MiB"],
  ]

  /// Options of which the content counts that they lead to, wherever it lies.
  private static let comparedByContent: Set = ["config", "key", "include-self", "since", "for-all"]

  /// Options that do not matter for the bytes.
  private static let withoutEffect = [
    // Where the bundle lies: the unfinished one lies beside it.
    "output": ["-o", "b.tar.zst"],
    // How what is asked for is reached: what arrives is proven by its digest.
    "authfile": ["--authfile", "a"], "registries-conf": ["--registries-conf", "a"],
    "src-tls-verify": ["--src-tls-verify=false"], "src-ca": ["--src-ca", "a"],
    "src-cert": ["--src-cert", "a", "--src-cert-key", "b"],
    "src-cert-key": ["--src-cert", "a", "--src-cert-key", "b"],
    "retries": ["--retries", "1"], "patience": ["--patience", "1s"], "requests": ["--requests", "1"],
    "parallel": ["--parallel", "1"],
    // How a key is read, and that there is none: the keys themselves are compared.
    "passphrase-file": ["--passphrase-file", "a", "--key", "a"], "unsigned": ["--unsigned"],
    // Who is believed in what the bases say: these are compared.
    "trust": ["--trust", "a", "--since", "b"], "allow-unsigned-base": ["--allow-unsigned-base", "--since", "b"],
    // Nothing is packed.
    "dry-run": ["--dry-run"], "explain": ["--explain", "a"], "dot": ["--explain", "a", "--dot"], "help": [],
    // What lies beside it.
    "label": ["--label"], "parity": ["--parity", "2"],
    // What is printed.
    "json": ["--json"], "quiet": ["--quiet"],
  ]

  private func inputs(_ more: [String], _ found: PackInputs.Found = .init()) throws -> PackInputs {
    let program = Program("sealift", summary: "", commands: [PackCommand.command])
    let output = more.contains("-o") ? [] : ["-o", "a.tar.zst"]
    guard case .run(_, let arguments) = try program.parse(["pack", "--image", "oci:a"] + output + more) else {
      throw SealiftError(.internal, "\(more) runs nothing", nextStep: "name other arguments")
    }
    let context = Context(
      program: program, environment: [:], reporter: SilentReporter(), interruption: Interruption())
    return PackInputs(try PackCommand.options(arguments, context), found)
  }

  @Test func everyOptionIsComparedOrSaidNotToMatter() {
    let known = Set(Self.compared.keys).union(Self.comparedByContent).union(Self.withoutEffect.keys)
    #expect(Set(PackCommand.command.options.map(\.name)) == known)
    #expect(Self.compared.count + Self.comparedByContent.count + Self.withoutEffect.count == known.count)
  }

  @Test(arguments: compared.keys.sorted()) func anOptionThatIsComparedMakesADifference(_ name: String) throws {
    let arguments = try #require(Self.compared[name])
    let (inputs, others) = (try inputs([]), try inputs(arguments))
    #expect(inputs.differences(from: others) == [name == "image" ? .images : .options])
    #expect(PackInputs(line: others.line) == others)
  }

  @Test(arguments: withoutEffect.keys.sorted()) func anOptionThatDoesNotMatterMakesNone(_ name: String) throws {
    let arguments = try #require(Self.withoutEffect[name])
    #expect(try inputs(arguments) == inputs([]))
  }

  @Test func whatOptionsLeadToMakesADifference() throws {
    let digest = SHA256Hasher.digest(of: [])
    for (found, part) in [
      (PackInputs.Found(configuration: digest), PackInputs.Part.configuration), (.init(bases: ["a"]), .bases),
      (.init(keys: ["a"]), .keys),
      (.init(content: ["tool sealift \(digest)"]), .options),
    ] {
      #expect(try inputs([]).differences(from: inputs([], found)) == [part])
    }
  }
}
