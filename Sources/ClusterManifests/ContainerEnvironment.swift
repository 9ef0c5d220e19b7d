internal import YAML

/// The environment variables of a container.
struct ContainerEnvironment {
  /// What a variable is set to.
  enum Value: Equatable {
    case text(String)
    /// Nothing, or the empty text.
    case empty
    /// Something that only the cluster knows.
    case elsewhere
    /// Neither: a number without quotes, a list.
    case unusable
  }

  /// One variable.
  struct Variable {
    let name: String
    let value: Value
    /// Where its value stands.
    let path: ValuePath
  }

  /// The variables in their order, the last of each name: the one that counts.
  let variables: [Variable]
  private let places: [String: Int]

  /// - Parameters:
  ///   - container: The container.
  ///   - path: Where it stands.
  init(of container: YAMLValue, at path: ValuePath) {
    var variables: [Variable] = []
    var places: [String: Int] = [:]
    for (number, element) in (container["env"]?.elements ?? []).enumerated() {
      guard let name = element["name"]?.text else { continue }
      let variable = Variable(name: name, value: Value(of: element), path: path["env"][number]["value"])
      if let place = places[name] {
        variables[place] = variable
      } else {
        places[name] = variables.count
        variables.append(variable)
      }
    }
    self.variables = variables
    self.places = places
  }

  /// The variable of a name.
  subscript(name: String) -> Variable? { places[name].map { variables[$0] } }
}

extension ContainerEnvironment.Value {
  fileprivate init(of variable: YAMLValue) {
    switch variable["value"] {
    case .string(""), .plain(""), .plain("null"), .plain("~"), nil:
      self = variable["valueFrom"] == nil ? .empty : .elsewhere
    case .string(let text): self = .text(text)
    default: self = .unusable
    }
  }

  /// Why there is no text, as a clause.
  var reason: String {
    switch self {
    case .text(let text): "is '\(text.prefix(200))'"
    case .empty: "is empty"
    case .elsewhere: "is known to the cluster alone"
    case .unusable: "is no text"
    }
  }
}
