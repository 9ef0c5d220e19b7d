"""Conditions that can be turned round without any harm, with the reason: (path, condition) -> reason."""

PIECES = "the same bytes are handed on in other pieces"

REASONS = {
    ("Sources/BundleFormat/BundleInput.swift", "out.count < Self.bufferBytes"): PIECES,
    ("Sources/BundleFormat/HeadFiles.swift", "text.count >= ImageIndex.pieceBytes"): PIECES,
}
