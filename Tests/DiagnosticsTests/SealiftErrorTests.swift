import Diagnostics
import Testing

/// What becomes of an error on its way to the person who reads it.
struct SealiftErrorTests {
  @Test("An error that is told of a thing keeps its kind, its advice, whether it is transient and what failed too")
  func aboutAThing() {
    let other = SealiftError(.configuration, "b is missing", nextStep: "name it")
    let error = SealiftError(.network, "it does not answer", nextStep: "wait", isTransient: true).followed(by: [other])
    let told = error.about("line 3").about("release 4.18.1")
    #expect(told.problem == "release 4.18.1: line 3: it does not answer")
    #expect(told.code == .network)
    #expect(told.nextStep == "wait")
    #expect(told.isTransient)
    #expect(told.further.map(\.problem) == ["b is missing"])
    #expect(!other.about("line 4").isTransient)
  }
}
