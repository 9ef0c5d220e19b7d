"""Conditions that can be turned round without any harm, with the reason: (path, condition) -> reason."""

PIECES = "the same bytes are handed on in other pieces"
WAITING = "the same frames wait for their turn somewhere else"

REASONS = {
    ("Sources/BundleFormat/BundleInput.swift", "out.count < Self.bufferBytes"): PIECES,
    ("Sources/BundleFormat/BundleInput.swift", "out.count > buffer.count - consumed"): PIECES,
    ("Sources/BundleFormat/BundleWriter.swift", "bytes.count >= Self.writeBytes"): PIECES,
    ("Sources/BundleFormat/BundleWriter.swift", "pending.capacity == 0"): PIECES,
    ("Sources/BundleFormat/BundleWriter.swift", "pending.count >= Self.writeBytes"): PIECES,
    ("Sources/Parity/ProtectedBundle.swift", "end - place < memory.count"): PIECES,
    ("Sources/Parity/UnfinishedParity.swift", "bytes > Self.pieceRange.lowerBound"): PIECES,
    ("Sources/Parity/UnfinishedParity.swift", "bytes * (layout.parityPerGroup + 1) > Self.roomBytes"): PIECES,
    ("Sources/BundleFormat/FrameCompressor.swift", "submitted - taken >= pool.threads"): WAITING,
    ("Sources/BundleFormat/CompressedSection.swift", "compressor.isBusy"): WAITING,
    ("Sources/BundleFormat/HeadFiles.swift", "text.count >= ImageIndex.pieceBytes"): PIECES,
}
