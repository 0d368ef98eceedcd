-- Checks of the table: reads all of it. Ends with an error when one with severity `error` found
-- something; `warning` rows are for a person to look at.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE OR REPLACE VIEW swfs.checks AS
WITH
  rows AS (
    SELECT dirhash = swfs.directory_hash(directory) AS is_entry,
      directory::text COLLATE "C" AS directory, name::text COLLATE "C" AS name, meta
    FROM public.filemeta
  ),
  entries AS (SELECT directory, name, meta FROM rows WHERE is_entry)
SELECT 'names are in byte order' AS check, 'error' AS severity,
  (SELECT count(*) FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation,
      pg_database d
    WHERE a.attrelid = 'public.filemeta'::regclass AND a.attname = 'name'
      AND d.datname = current_database()
      AND NOT (c.collname IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8', 'ucs_basic')
        OR c.collname = 'default' AND d.datcollate IN ('C', 'POSIX', 'C.UTF-8', 'C.utf8')
          AND coalesce(to_jsonb(d)->>'datlocprovider', 'c') <> 'i')) AS found,
  'DROP SCHEMA swfs CASCADE; ALTER TABLE filemeta ALTER name TYPE varchar(65535) COLLATE "C"'
    ' (rewrites the index); then 040 and 050 again' AS remedy
UNION ALL
SELECT 'the database is UTF-8', 'error',
  (SELECT count(*) FROM pg_database
    WHERE datname = current_database() AND pg_encoding_to_char(encoding) <> 'UTF8'),
  'dump, create the database anew with ENCODING UTF8, restore'
UNION ALL
SELECT 'the key is (dirhash, name)', 'error',
  (SELECT 1 - count(*) FROM pg_constraint
    WHERE conrelid = 'public.filemeta'::regclass AND contype = 'p'
      AND pg_get_constraintdef(oid) = 'PRIMARY KEY (dirhash, name)'),
  'ALTER TABLE filemeta ADD PRIMARY KEY (dirhash, name)'
UNION ALL
SELECT 'no bucket has a table of its own', 'error',
  (SELECT count(*) FROM pg_class t
    WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition
      AND t.relnamespace = 'public'::regnamespace
      AND t.oid <> 'public.filemeta'::regclass AND t.relname ~ '^[a-z0-9][a-z0-9.-]+$'
      AND 4 = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = t.oid
        AND NOT a.attisdropped AND a.attname IN ('dirhash', 'name', 'directory', 'meta'))),
  'the postgres2 store is not supported for reading; copies of filemeta belong into another schema'
UNION ALL
SELECT 'every row is an entry or a key-value pair', 'error',
  (SELECT count(*) FROM rows WHERE is_entry IS NOT TRUE
    AND coalesce(directory !~ '^[A-Za-z0-9+/]{11}=$', true)),
  'rows with a wrong dirhash are invisible to filers: look where they came from'
UNION ALL
SELECT 'every name can be looked up', 'warning',
  (SELECT count(*) FROM entries WHERE name IN ('', '.', '..') OR name LIKE '%/%'),
  'such names were never reachable; remove the rows after a look at their chunks'
UNION ALL
SELECT 'every entry has a value', 'error',
  (SELECT count(*) FROM entries WHERE meta IS NULL OR octet_length(meta) = 0),
  'restore the rows from a backup'
UNION ALL
SELECT 'every directory has an entry', 'warning',
  (SELECT count(*)
    FROM (
      SELECT regexp_replace(directory, '/[^/]*$', '')
          || CASE WHEN directory ~ '^/[^/]*$' THEN '/' ELSE '' END AS parent,
        regexp_replace(directory, '^.*/', '') AS name
      FROM (SELECT DISTINCT directory FROM entries WHERE directory <> '/') every
    ) d
    WHERE NOT EXISTS (SELECT FROM public.filemeta p
      WHERE p.dirhash = swfs.directory_hash(d.parent) AND p.name = d.name
        AND p.directory = d.parent)),
  'orphans: create the missing directory through a filer, and its files show up again';

REVOKE ALL ON swfs.checks FROM PUBLIC;
GRANT SELECT ON swfs.checks TO swfs_operator;

-- Once: each look reads the whole table.
DROP TABLE IF EXISTS pg_temp.results;
CREATE TEMPORARY TABLE results AS SELECT * FROM swfs.checks;

SELECT r."check", r.severity, r.found, CASE WHEN r.found > 0 THEN r.remedy ELSE '' END AS remedy
FROM results r ORDER BY r.found > 0 DESC, r.severity;

DO $$
DECLARE
  bad text;
BEGIN
  SELECT string_agg(r."check", ', ') INTO bad FROM results r
    WHERE r.found > 0 AND r.severity = 'error';
  IF bad IS NOT NULL THEN RAISE EXCEPTION 'filemeta fails: %', bad; END IF;
END $$;
