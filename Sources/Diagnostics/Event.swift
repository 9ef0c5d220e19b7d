/// Something that happens while a command runs, as a value: the program draws it, or prints it as a line of JSON.
public enum Event: Sendable, Equatable {
  /// A new part of the work begins. Totals start again from zero.
  case phase(Phase, bytes: Int, items: Int)
  /// `bytes` more of the phase's bytes are done (fetched, sent, checked, or found to be there already).
  case advanced(bytes: Int)
  /// One item of the phase is done: a blob, an image, a tag.
  case finished(item: String, outcome: Outcome)
  /// One fact that a person wants to know.
  case note(String)
  /// One fact that a person must not miss.
  case warning(String)

  /// The parts of the work, in the order in which they can happen.
  public enum Phase: String, Sendable {
    /// Images are asked for, and their manifests fetched.
    case resolve
    /// Blobs are fetched into the bundle.
    case fill
    /// What was written is hashed.
    case hash
    /// Parity is made.
    case protect
    /// Volumes are written again.
    case repair
    /// Bytes are read and compared with the index.
    case prove
    /// Blobs and manifests are sent to the target.
    case publish
    /// Tags are set.
    case tag
    /// It is made sure that nothing else needs what is to be deleted, or that what a bundle rests on is there;
    /// or volumes are looked through for damage.
    case check
    /// Manifests are deleted.
    case delete
  }

  /// How one item ended.
  public enum Outcome: String, Sendable {
    /// It was fetched or sent.
    case moved
    /// It was there already.
    case present
    /// It was linked from another repository of the same registry.
    case mounted
    /// It was deleted.
    case deleted
    /// It was to be deleted, or looked for, and was not there.
    case absent
  }
}

/// Takes events from any thread, quickly, in any order.
public protocol Reporter: Sendable {
  /// Takes one event. Called from many threads at once.
  func report(_ event: Event)
}

/// A reporter that drops everything.
public struct SilentReporter: Reporter {
  /// Makes one.
  public init() {}
  /// Drops `event`.
  public func report(_ event: Event) {}
}
