import Glibc
import Testing

@testable import SwfsMount

struct DocumentationTests {
  /// The table in the documentation is the one the program prints (`--print-configuration-table`).
  @Test func theDocumentedOptionsAreTheRealOnes() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = try SmallFile.read("/\(root)/docs/CONFIGURATION.md", bytesMax: 1 << 20)
    let begin = try #require(text.firstRange(of: "<!-- options -->\n"))
    let end = try #require(text.firstRange(of: "<!-- /options -->"))
    #expect(String(text[begin.upperBound..<end.lowerBound]) == Help.markdown)
    for code in ExitCode.allCases { #expect(text.contains("| \(code.rawValue) | ")) }
  }

  @Test func theHelpNamesEveryOption() {
    for option in OptionTable.all { #expect(Help.text.contains("--\(option.name)")) }
  }
}
