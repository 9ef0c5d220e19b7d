internal import Glibc

/// What all tests of the process share, and none changes: it is made when the first one asks for it.
///
/// At the end of the process it goes, with the servers and files that it holds.
public final class SharedFixture<Value: Sendable>: Sendable {
  private let made = Shared<Result<Value, any Error>?>(nil)
  private let make: @Sendable () throws -> Value

  /// - Parameter make: Makes it; is called once.
  public init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

  /// The one that all share.
  ///
  /// - Throws: What kept it from being made, each time.
  public func get() throws -> Value {
    try made.with { made in
      if let made { return made }
      let result = Result { try make() }
      made = result
      EndOfProcess.run { self.made.with { $0 = nil } }
      return result
    }.get()
  }
}

/// What is done at the end of the process: nobody else releases what lives as long as that.
private enum EndOfProcess {
  private static let actions = Shared<[@Sendable () -> Void]>([])
  private static let isArranged = atexit { for action in actions.with({ $0 }).reversed() { action() } } == 0

  static func run(_ action: @escaping @Sendable () -> Void) {
    guard isArranged else { return }
    actions.with { $0.append(action) }
  }
}
