public import Diagnostics
internal import Digests
internal import JSON
public import Signing

/// A receipt as its file has it: the line that says what is at a target, and a second one if somebody has signed it.
///
/// Source: `formats/receipt.schema.json`.
public struct SignedReceipt: Sendable {
  /// The exact bytes that are signed: the first line, without its end.
  public let line: [UInt8]
  /// Who is said to have signed.
  public let signatures: [CarriedSignature]

  /// Splits a file. One without a line of signatures is taken as it is, also where it was laid out on many lines.
  ///
  /// - Throws: `configuration` for a line of signatures that is none, and for what follows it.
  public init(_ file: [UInt8], path: String) throws(SealiftError) {
    let lines = file.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count > 1, lines[1].starts(with: Self.signaturesStart.utf8) else {
      line = file.last == UInt8(ascii: "\n") ? Array(file.dropLast()) : file
      signatures = []
      return
    }
    guard lines.count < 3 || lines[2].isEmpty else { throw Self.damaged(path, "something follows its signatures") }
    line = Array(lines[0])
    signatures = try Self.signatures(Array(lines[1]), path)
  }

  private static let signaturesStart = #"{"signatures":"#

  /// What a policy says of the signatures.
  public func judge(_ policy: TrustPolicy) -> Verdict {
    line.withUnsafeBytes { policy.judge(signatures: signatures, message: $0) }
  }

  /// The second line of a file, without its end.
  public static func line(of signatures: [CarriedSignature]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("signatures")
      writer.array(of: signatures) { writer, signature in
        writer.object { writer in
          writer.member("keyID", signature.keyID.description)
          writer.member("signature", Base64.encode(signature.bytes))
        }
      }
    }
    return writer.bytes
  }

  private static func signatures(_ line: [UInt8], _ path: String) throws(SealiftError) -> [CarriedSignature] {
    var signatures: [CarriedSignature] = []
    let elements = try? JSONReader.value(line, source: path)["signatures"]?.elements
    for element in elements ?? [] {
      guard let id = element["keyID"]?.text.flatMap({ KeyID(hex: $0) }),
        let bytes = element["signature"]?.text.flatMap(Base64.decode)
      else { throw damaged(path, "one of its signatures is none") }
      signatures.append(CarriedSignature(keyID: id, bytes: bytes))
    }
    guard !signatures.isEmpty else { throw damaged(path, "its second line has no signatures") }
    return signatures
  }

  private static func damaged(_ path: String, _ problem: String) -> SealiftError {
    SealiftError(
      .configuration, "\(path) is not a receipt as unpack has written it: \(problem)",
      nextStep: "copy it again from where `sealift unpack --receipt FILE` wrote it")
  }
}
