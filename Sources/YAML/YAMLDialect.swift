/// How much of YAML a reader takes.
public struct YAMLDialect: Sendable {
  /// What people write for this program: what a person reads in the file is what the program reads.
  public static let strict = YAMLDialect(isLenient: false, maxBytes: YAMLReader.maxBytes)

  /// What other programs take too: aliases stand for their values, merge keys merge, standard tags are passed over, and
  /// of keys that stand twice the last one counts.
  ///
  /// The bounds are those of the tree in which all aliases are written out.
  ///
  /// Source: YAML 1.1, and its merge key; go-yaml, which reads so unless it is told to be strict.
  public static let lenient = YAMLDialect(isLenient: true, maxBytes: YAMLReader.maxBytes)

  /// The greatest file in bytes.
  public var maxBytes: Int
  /// Says of the keys above a value, outermost first and without the places in lists, whether the value is wanted; what
  /// is not wanted takes no memory, and does not count.
  public var keeps: (@Sendable (_ path: [String]) -> Bool)?

  let isLenient: Bool

  private init(isLenient: Bool, maxBytes: Int) {
    self.isLenient = isLenient
    self.maxBytes = maxBytes
  }
}
