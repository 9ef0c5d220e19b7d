/// How much of YAML a reader takes.
public struct YAMLDialect: Sendable {
  /// What people write for this program: what a person reads in the file is what the program reads.
  public static let strict = YAMLDialect(sharesValues: false, takesDoubles: false, maxBytes: YAMLReader.maxBytes)

  /// What people write by hand for other programs too: aliases stand for their values, merge keys merge, and what has a
  /// tag of its own or `!!str` is text; a key that stands twice is an error.
  ///
  /// Source: sigs.k8s.io/yaml, `UnmarshalStrict`, by which oc-mirror reads its configuration.
  public static let shorthand = YAMLDialect(sharesValues: true, takesDoubles: false, maxBytes: YAMLReader.maxBytes)

  /// What other programs take too: as in shorthand, and of keys that stand twice the last one counts.
  ///
  /// The bounds are those of the tree in which all aliases are written out.
  ///
  /// Source: YAML 1.1, and its merge key; go-yaml, which reads so unless it is told to be strict.
  public static let lenient = YAMLDialect(sharesValues: true, takesDoubles: true, maxBytes: YAMLReader.maxBytes)

  /// The greatest file in bytes.
  public var maxBytes: Int
  /// Says of the keys above a value, outermost first and without the places in lists, whether the value is wanted; what
  /// is not wanted takes no memory, and does not count.
  public var keeps: (@Sendable (_ path: [String]) -> Bool)?

  /// Whether anchors, aliases, merge keys and standard tags are taken.
  let sharesValues: Bool
  /// Whether keys may stand twice.
  let takesDoubles: Bool

  private init(sharesValues: Bool, takesDoubles: Bool, maxBytes: Int) {
    self.sharesValues = sharesValues
    self.takesDoubles = takesDoubles
    self.maxBytes = maxBytes
  }
}
