import SwfsCore

/// Runs the body on each element at once, one thread each, and returns the results in order.
func concurrently<Element: Sendable, Result: Sendable>(
  _ elements: [Element], _ body: @escaping @Sendable (Element) -> Result
) -> [Result] {
  let results = Monitor([Int: Result]())
  for (index, element) in elements.enumerated() {
    startThread("concurrently") {
      let result = body(element)
      results.update { $0[index] = result }
    }
  }
  _ = results.wait(until: .never) { $0.count == elements.count ? true : nil }
  return results.withLock { found in elements.indices.compactMap { found[$0] } }
}
