import HTTPTransport
@testable import Registry
import Testing

/// Where lists of registries go on: a page that is missed is taken for one that is not there.
@Suite struct LinkHeaderTests {
  @Test(arguments: [
    (#"</v2/a?last=b>; rel="next""#, "/v2/a?last=b"), (#"</x>;rel=next"#, "/x"), (#"</x>; REL="Next""#, "/x"),
    (#"</x>; title="a, <b>; rel=prev"; rel="next""#, "/x"), (#"</x> ; rel = "next last""#, "/x"),
    (#"</first>; rel="first", </x>; rel="next""#, "/x"), (#"</x>"#, "/x"), (#"</x>; n=1"#, "/x"),
    (#"</x>; rel="prev""#, nil), (#"</x>; rel="nextish""#, nil), (#"</x>; rel="prev"; rel="next""#, nil), ("", nil),
    ("/x; rel=next", nil), (#"<"#, nil), (#"</x>; rel="next"#, "/x"), (#"</x>;;;,</y>; rel=next"#, "/x"),
  ])
  func theNextPageIsFound(field: String, expected: String?) {
    #expect(LinkHeader.next(["Link": field]) == expected)
  }

  @Test func fieldsAreReadOneByOne() {
    var headers = HTTPHeaders()
    headers.add("link", #"</first>; rel="first""#)
    headers.add("Link", #"</x>; rel="next""#)
    #expect(LinkHeader.next(headers) == "/x")
  }
}
