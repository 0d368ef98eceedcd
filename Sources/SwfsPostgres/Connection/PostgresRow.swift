internal import CPostgres

/// One row of a binary result, valid only inside the call that hands it out.
struct PostgresRow {
  private let result: OpaquePointer
  private let row: Int32

  init(result: OpaquePointer, row: Int32) {
    self.result = result
    self.row = row
  }

  /// The value's bytes, empty for NULL and for a column that is not there.
  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let count = PQgetlength(result, row, column)
    guard column < PQnfields(result), count > 0, let start = PQgetvalue(result, row, column) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: start, count: Int(count))
  }

  var columns: Int32 { PQnfields(result) }

  func isNull(_ column: Int32) -> Bool { PQgetisnull(result, row, column) != 0 }

  /// Text, or nil when the bytes are not UTF-8 (possible in SQL_ASCII databases).
  func text(_ column: Int32) -> String? { String(validating: bytes(column), as: UTF8.self) }

  func bool(_ column: Int32) -> Bool { bytes(column).first == 1 }

  /// A signed integer of eight bytes; nil for any other length.
  func int8(_ column: Int32) -> Int64? {
    let raw = bytes(column)
    guard raw.count == 8 else { return nil }
    return Int64(bigEndian: raw.loadUnaligned(as: Int64.self))
  }
}
