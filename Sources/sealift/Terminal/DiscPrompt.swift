internal import Diagnostics
internal import SystemIO
internal import Volumes

/// Asks on stderr for the next disc, and waits for a line on stdin.
struct DiscPrompt: VolumePrompt {
  let reporter: any Reporter

  func ask(_ request: String) throws(SealiftError) {
    (reporter as? ProgressReporter)?.clear()
    try StandardStream.error.write("\(request.printable), then press Enter: ")
    guard try readLine() else {
      throw SealiftError(
        .notFound, "a volume is missing, and nobody answers: \(request)",
        nextStep: "run the same command again with all volumes at hand: it goes on where it was")
    }
  }

  /// - Returns: `false` if nothing more comes.
  private func readLine() throws(SealiftError) -> Bool {
    var byte: [UInt8] = [0]
    while true {
      var failure: SealiftError?
      let count = byte.withUnsafeMutableBytes { buffer in
        do throws(SealiftError) { return try StandardStream.input.file.read(into: buffer) } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count == 0 { return false }
      if byte[0] == UInt8(ascii: "\n") { return true }
    }
  }
}
