/// The four reads of the names plane. `directory` is always compared: two paths may share a hash.
struct NameStatements: Sendable {
  let lookup: PostgresStatement
  let page: PostgresStatement
  let firstPages: PostgresStatement

  init(_ structure: TableStructure) {
    let order = structure.isByteOrdered ? "name" : #"name COLLATE "C""#
    let suffix = structure.isByteOrdered ? "" : "_c"
    lookup = PostgresStatement(
      name: "swfs_lookup",
      sql: "SELECT meta FROM filemeta WHERE dirhash = $1 AND name = $2 AND directory = $3",
      types: [.int8, .text, .text])
    page = PostgresStatement(
      name: "swfs_page" + suffix,
      sql: """
        SELECT name, meta FROM filemeta
        WHERE dirhash = $1 AND \(order) > $2 AND directory = $3 ORDER BY \(order) LIMIT $4
        """,
      types: [.int8, .text, .text, .int8])
    firstPages = PostgresStatement(
      name: "swfs_first_pages" + suffix,
      sql: """
        SELECT d.number, f.name, f.meta
        FROM unnest($1, $2) WITH ORDINALITY AS d(dirhash, directory, number),
          LATERAL (SELECT name, meta FROM filemeta
            WHERE dirhash = d.dirhash AND \(order) > '' AND directory = d.directory
            ORDER BY \(order) LIMIT $3) f
        """,
      types: [.int8Array, .textArray, .int8])
  }

  /// Key-value rows by key.
  static let links = PostgresStatement(
    name: "swfs_links",
    sql: """
      SELECT k.number, f.meta
      FROM unnest($1, $2, $3) WITH ORDINALITY AS k(dirhash, directory, name, number)
        JOIN filemeta f ON f.dirhash = k.dirhash AND f.name = k.name
          AND f.directory = k.directory
      """,
    types: [.int8Array, .textArray, .textArray])
}
