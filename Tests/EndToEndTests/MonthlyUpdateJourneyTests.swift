import SystemIO
import TestSupport
import Testing

@Suite(.enabled(if: JourneyWorld.isPossible, "\(JourneyWorld.reason)"))
struct MonthlyUpdateJourneyTests {
  @Test func updatesReachThreeSitesOfWhichOneMissedAMonth() throws {
    let journey = try Journey("monthly-update")
    let world = journey.world
    let releases = try world.tags(ofRelease: "4.16.2") + world.tags(ofRelease: "4.16.3")
    for site in ["east", "west", "south"] {
      let tags = Set(try world.tags(below: "monthly-update/\(site)"))
      #expect(tags.isSuperset(of: releases), "\(site): \(Set(releases).subtracting(tags))")
    }
    // What south did not get in month 2 it has not got by another way.
    #expect(try journey.files("manifests/south") == journey.files("manifests/east"))

    let sizes = try (1...3).map { try File(journey.path("month-\($0).tar.zst"), .read).size() }
    #expect(sizes[1] < sizes[0] / 4 && sizes[2] < sizes[0] / 4, "\(sizes)")
    #expect(try journey.text("plan.txt").contains("\nheld "))
    #expect(try journey.text("verify.txt").contains("\nrests on   month-1.tar.zst of "))
    #expect(try journey.text("month-3.txt").contains("\nvanished   release 4.16.1 (amd64): in month-2.tar.zst"))

    let told = try journey.text("told.txt")
    #expect(told.contains("that month-2.tar.zst (sha256:"), "\(told)")
    #expect(told.contains("unpack that bundle first, or pass its file with --base FILE"), "\(told)")
    let bases = try journey.text("bases.txt")
    #expect(bases.contains(" month-1.tar.zst ") && bases.contains(" month-3.tar.zst "), "\(bases)")
    #expect(!bases.contains("month-2.tar.zst"), "\(bases)")
    #expect(try journey.text("since-receipt.txt").contains("\nnew            0 layers"))
    #expect(try journey.expectToApplyTwice("manifests/south").contains("ImageDigestMirrorSet/idms-release-0"))
  }
}
