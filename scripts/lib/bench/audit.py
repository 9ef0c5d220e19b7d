"""What an auditor waits for: diff and report of many images and blobs, and the page in a real browser."""

import statistics

import browser

from . import measure, scale, table

ROUNDS = 7
DIFFERS = 1
# From a key press to the frame that shows what came of it, as a person would wait for it.
KEY_PRESS = """
(async () => {
  const field = document.getElementById("filter"), times = [];
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  field.focus();
  await frame();
  for (const text of ["a", "ap", "app", "app-", "app-9", "app-99", "app-9", "", "sha256:0", "nothing like it", ""]) {
    const begin = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - begin);
    await frame();
  }
  return times;
})()
"""
# The page can be loaded before it is painted.
PAINT = """
new Promise(done => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) done(entry.startTime);
}).observe({type: "paint", buffered: true}))
"""


def rows(bench):
    yield from many_images(bench)
    yield from many_blobs(bench)
    yield from page(bench)


def many_images(bench):
    old, new = (kept(bench, name, images=1000, layers=layers) for name, layers in (("old", 3), ("new", 4)))
    runs = [measure.run([bench.sealift, "diff", old, new], allowed=(DIFFERS,)) for _ in range(ROUNDS)]
    yield table.within("diff of two bundles of 1,000 images, wall", measure.median(runs, "wall"), table.seconds, 0.1)
    yield table.within("the same, peak RSS", measure.worst(runs, "rss"), table.size, 128 << 20)
    report = bench.work / "report.html"
    runs = [measure.run([bench.sealift, "report", new, "-o", report]) for _ in range(ROUNDS)]
    yield table.within("report of 1,000 images, wall", measure.median(runs, "wall"), table.seconds, 0.3)
    yield table.within("the page", report.stat().st_size, table.size, 3 << 20)


def many_blobs(bench):
    images = 30 if bench.quick else 1000
    count = f"{images * 100:,} blobs"
    old, new = (kept(bench, name, unshared=True, images=images, layers=layers) for name, layers in (("old", 98), ("new", 97)))
    runs = [measure.run([bench.sealift, "diff", old, new], allowed=(DIFFERS,)) for _ in range(3)]
    yield table.within(f"diff of two bundles of {count}, wall", measure.median(runs, "wall"), table.seconds, 1.5)
    yield table.within("the same, peak RSS", measure.worst(runs, "rss"), table.size, 128 << 20)
    for kind in ("spdx", "cyclonedx"):
        usage = measure.run([bench.sealift, "report", new, "--format", kind, "-o", bench.work / "bill.json"])
        yield table.within(f"report --format {kind} of {count}, wall", usage.wall, table.seconds)


def page(bench):
    if not browser.program():
        bench.say("  chromium is not installed, so the page is not looked at")
        return
    images = 1000 if bench.quick else 10000
    bundle = kept(bench, "old", images=images, layers=3)
    report = bench.work / "report.html"
    measure.run([bench.sealift, "report", bundle, "-o", report])
    with browser.Browser() as chromium:
        paints, presses = [], []
        for _ in range(bench.rounds):
            chromium.open(report)
            paints.append(chromium.value(PAINT) / 1000)
            presses += [time / 1000 for time in chromium.value(KEY_PRESS)]
    count = f"{images:,} images"
    yield table.within(f"page of {count}, first paint", statistics.median(paints), table.seconds, 1)
    yield table.within("filter, a key press, median", statistics.median(presses), table.seconds, 0.05)
    yield table.within("filter, a key press, the longest", max(presses), table.seconds)


def kept(bench, name, **samples):
    """The bundle of sample images, under a name of its own."""
    bundle, _ = scale.pack(bench, bench.samples(tiny=True, **samples))
    place = bench.work / f"{name}.tar.zst"
    bundle.replace(place)
    return place
