/// The version of this program.
public enum Version {
  /// The version, as in a bundle's `producer`.
  public static let current = "0.1.0"
}
