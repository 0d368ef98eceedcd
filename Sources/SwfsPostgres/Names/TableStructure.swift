internal import SwfsCore

/// What has to be known of the database before its rows can be believed.
struct TableStructure: Sendable, Equatable {
  /// Names compare by bytes as they are; else comparisons ask for `COLLATE "C"`, at the price of a
  /// sort for every page.
  var isByteOrdered: Bool

  static let statement = PostgresStatement(
    name: "swfs_structure",
    sql: """
      SELECT current_database()::text, current_user::text,
        t.oid IS NOT NULL,
        coalesce(has_table_privilege(t.oid, 'SELECT'), false),
        (SELECT count(*) FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = t.oid AND NOT a.attisdropped
            AND (a.attname::text, a.atttypid::regtype::text) IN (
              ('dirhash', 'bigint'), ('name', 'character varying'), ('name', 'text'),
              ('directory', 'character varying'), ('directory', 'text'), ('meta', 'bytea'))),
        coalesce((SELECT l.collname::text FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
          WHERE a.attrelid = t.oid AND a.attname = 'name'), ''),
        coalesce((SELECT bool_and(coalesce((to_jsonb(l)->>'collisdeterministic')::boolean, true))
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
          WHERE a.attrelid = t.oid AND a.attname IN ('name', 'directory')), true),
        d.datcollate::text,
        coalesce(to_jsonb(d)->>'datlocprovider', 'c'),
        coalesce(to_jsonb(d)->>'datlocale', ''),
        pg_catalog.pg_encoding_to_char(d.encoding)::text,
        coalesce((SELECT string_agg(relname, ', ') FROM (
          SELECT o.relname::text FROM pg_catalog.pg_class o
          WHERE o.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = t.oid)
            AND o.oid <> t.oid AND o.relkind IN ('r', 'p') AND NOT o.relispartition
            AND o.relname ~ '^[a-z0-9][a-z0-9.-]+$'
            AND (SELECT count(*) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = o.oid AND NOT a.attisdropped
                AND a.attname IN ('dirhash', 'name', 'directory', 'meta')) = 4
          ORDER BY 1 LIMIT 3) buckets), '')
      FROM (SELECT to_regclass('filemeta')::oid AS oid) t, pg_catalog.pg_database d
      WHERE d.datname = current_database()
      """, types: [])

  private static let byteOrdered: Set<String> = [
    "C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic", "pg_c_utf8",
  ]

  /// Reads the one row of `statement`.
  ///
  /// - Throws: `unavailable` when the table is missing or may not be read; `unsupported` for a table
  ///   that is another store's; the message says what to do.
  init(_ row: PostgresRow) throws(FSError) {
    let database = row.text(0) ?? "?"
    let role = row.text(1) ?? "?"
    guard row.bool(2) else {
      throw FSError(
        .unavailable,
        "database \(database) has no table filemeta in the search path of \(role):"
          + " is this the filers' database?")
    }
    guard row.bool(3) else {
      throw FSError(
        .unavailable,
        "role \(role) may not read filemeta in \(database): GRANT SELECT ON filemeta TO \(role)")
    }
    guard row.int8(4) == 4 else {
      throw FSError(
        .unsupported, "filemeta in \(database) lacks the columns dirhash, name, directory, meta")
    }
    guard row.bool(6) else {
      throw FSError(
        .unsupported, "filemeta in \(database) has a collation that takes different names as equal")
    }
    let encoding = row.text(10) ?? ""
    guard encoding == "UTF8" || encoding == "SQL_ASCII" else {
      throw FSError(.unsupported, "database \(database) has encoding \(encoding) instead of UTF8")
    }
    let buckets = row.text(11) ?? ""
    guard buckets.isEmpty else {
      throw FSError(
        .unsupported,
        "database \(database) keeps buckets in tables of their own (\(buckets)): the postgres2"
          + " store is not supported; a copy of filemeta belongs into another schema")
    }
    isByteOrdered = Self.isByteOrdered(
      column: row.text(5) ?? "", database: row.text(7) ?? "", provider: row.text(8) ?? "",
      locale: row.text(9) ?? "")
  }

  /// - Parameters:
  ///   - column: the column's collation; `default` is the database's.
  ///   - provider: `c` libc, `i` ICU, `b` built in (PostgreSQL 17: `locale` counts, and all of its
  ///     locales order by code point).
  static func isByteOrdered(
    column: String, database: String, provider: String, locale: String
  ) -> Bool {
    guard column == "default" else { return byteOrdered.contains(column) }
    switch provider {
    case "c": return byteOrdered.contains(database)
    case "b": return ["C", "C.UTF-8", "PG_UNICODE_FAST"].contains(locale)
    default: return false
    }
  }
}
