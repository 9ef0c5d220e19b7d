@main struct Sealift {
  static func main() async {}
}
