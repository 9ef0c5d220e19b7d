internal import BundleFormat
internal import Content
internal import Diagnostics
internal import OCI
internal import SystemIO

extension Unpacker {
  /// Looks for what the bundle rests on.
  ///
  /// - Parameter target: `nil` for a directory that is not there.
  func lookUp(_ prepared: inout Prepared, at target: (any ImageSource)?) async throws {
    guard let plan = prepared.plan, let address else { return }
    let index = prepared.head.verified.index
    if index.bases.isEmpty, !options.bases.isEmpty {
      reporter.report(.note("the bundle rests on no other: --base is not needed"))
    }
    guard !index.bases.isEmpty else { return }
    let bases = try await pool.run { [options, pool] in
      try options.bases.map { try BaseArchive($0, options.trust, pool: pool) }
    }
    prepared.held = try await HeldLookUp(
      plan: plan, index: index, target: target, address: address, maxNestedPaths: options.maxNestedPaths, bases: bases,
      lanes: options.lanes, proves: options.provesHeld, passesOver: options.keepsGoing && !options.isDryRun,
      reporter: reporter
    ).run()
  }

  /// Looks for what the bundle rests on, before anything is sent.
  ///
  /// - Throws: `baseMissing` if the target lacks any of it; the receipt then lists all.
  func requireHeld(_ prepared: inout Prepared, at target: any ImageTarget) async throws {
    try await lookUp(&prepared, at: target)
    guard let missing = prepared.held?.missing, let failure = missing.failure() else { return }
    var receipt = receipt(of: prepared)
    receipt.missing = missing
    try writeReceipt(receipt, failure: failure)
    throw failure
  }

  /// What the bundle rests on; `nil` if that is nothing, or no target is asked.
  func heldReport(_ prepared: Prepared) -> HeldReport? {
    guard let plan = prepared.plan, !prepared.head.verified.index.bases.isEmpty else { return nil }
    return HeldReport(prepared.head.verified.index, plan, prepared.held)
  }

  /// Lets the target registry keep the receipt, if all was brought. What it does not take stops nothing.
  func keepRecord(of receipt: Receipt, at target: any ImageTarget) async throws {
    // What nobody trusted has signed is no base for anybody.
    guard options.keepsRecord, !receipt.signers.isEmpty, receipt.refused.isEmpty, let address,
      case .registry = address
    else { return }
    let repository = address.repository(for: ReceiptRecord.destination, maxNestedPaths: options.maxNestedPaths)
    do {
      try address.requireName(repository)
      try await ReceiptRecord(repository: repository, target: target).keep(receipt, signedBy: receiptKey)
    } catch let error as SealiftError {
      reporter.report(
        .warning(
          "the registry keeps no record of this bundle: \(error.problem); --receipt FILE writes the same to a file, and "
            + "--no-record leaves it out"))
    }
  }
}
