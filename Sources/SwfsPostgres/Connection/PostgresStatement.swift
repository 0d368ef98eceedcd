/// A statement with its parameter types, prepared once for each connection.
struct PostgresStatement: Sendable {
  let name: String
  let sql: String
  let types: [PostgresType]
}

/// Type numbers of `pg_type` that our parameters use.
enum PostgresType: UInt32, Sendable {
  case int8 = 20
  case text = 25
  case textArray = 1009
  case int8Array = 1016
}

/// A parameter in Postgres' binary format.
enum PostgresParameter {
  case int8(Int64)
  case text(String)
  case int8Array([Int64])
  case textArray([String])

  func append(to bytes: inout [UInt8]) {
    switch self {
    case .int8(let value): bytes.append(bigEndian: value)
    case .text(let value): bytes.append(contentsOf: value.utf8)
    case .int8Array(let values):
      Self.appendArrayHeader(count: values.count, element: .int8, to: &bytes)
      for value in values {
        bytes.append(bigEndian: Int32(8))
        bytes.append(bigEndian: value)
      }
    case .textArray(let values):
      Self.appendArrayHeader(count: values.count, element: .text, to: &bytes)
      for value in values {
        bytes.append(bigEndian: Int32(clamping: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
      }
    }
  }

  /// `array_recv`: dimensions, "has nulls", element type, then length and lower bound.
  private static func appendArrayHeader(
    count: Int, element: PostgresType, to bytes: inout [UInt8]
  ) {
    bytes.append(bigEndian: Int32(count == 0 ? 0 : 1))
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: element.rawValue)
    guard count > 0 else { return }
    bytes.append(bigEndian: Int32(clamping: count))
    bytes.append(bigEndian: Int32(1))
  }
}

extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
