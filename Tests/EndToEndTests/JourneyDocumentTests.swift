import SystemIO
import TestSupport
import Testing

/// What `scripts/journeys/README.md` shows is what the commands print.
@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct JourneyDocumentTests {
  @Test func theDocumentShowsWhatIsPrinted() throws {
    let world = try JourneyWorld.shared()
    let result = try runTool(
      Repository.path("scripts/journeys/show"), ["--check", "--world", world.path("")],
      environment: world.environment)
    #expect(result.status == 0, "\(result.errors)")
  }
}
