internal import Diagnostics

extension UnpackOptions {
  static var pipeCannotMerge: SealiftError {
    SealiftError(
      .usage, "--merge-catalogs reads the bundle's catalogs before anything moves, and a pipe is read only once",
      nextStep: "write the bundle to a file, and unpack that")
  }

  /// Refuses what merging does not go with.
  ///
  /// - Throws: `usage`.
  func checkMerging() throws(SealiftError) {
    guard !mergedWith.isEmpty else { return }
    guard target != nil, clusterManifests?.isOnly != true else {
      throw SealiftError(
        .usage, "--merge-catalogs makes an image at the target, and nothing goes there",
        nextStep: target == nil ? "name the target" : "leave out --manifests-only")
    }
    guard let receipt, !mergedWith.contains(receipt) else {
      throw SealiftError(
        .usage,
        receipt == nil
          ? "--merge-catalogs needs --receipt: only that proves the merged catalog to the next bundle"
          : "--receipt would write over \(mergedWith.first ?? "the file"), which proves what is merged",
        nextStep: "pass --receipt FILE with a new name")
    }
  }
}
