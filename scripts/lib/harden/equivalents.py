"""Conditions that can be turned round without any harm, with the reason: (path, condition) -> reason."""

REASONS = {
}
