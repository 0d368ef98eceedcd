-- Views for operators, in schema swfs. Grant role swfs_operator to people who may read them.
--
-- Sizes and times are inside `meta`, a protobuf message, and swfs.attributes() takes them out of it in
-- PL/pgSQL: right, but about 0.1 ms a row, so a million entries take minutes. Run the views that use it
-- (space_by_directory, biggest_files, oldest_files) on a replica. Rows that the filer compressed (more
-- than 50 chunks) cannot be read in SQL: they count as `unreadable`, never as zero bytes.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS swfs;
BEGIN;

CREATE OR REPLACE FUNCTION swfs.directory_hash(directory text) RETURNS bigint
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $$ SELECT ('x' || substr(md5(directory), 1, 16))::bit(64)::bigint $$;

-- A protobuf varint at byte `start`; raises an error at the end of the bytes.
CREATE OR REPLACE FUNCTION swfs.varint(
  bytes bytea, start integer, OUT value bigint, OUT next integer
) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  shift integer := 0;
  byte integer;
BEGIN
  value := 0;
  next := start;
  LOOP
    IF shift > 63 THEN RAISE EXCEPTION 'varint over 64 bits'; END IF;
    byte := get_byte(bytes, next);
    next := next + 1;
    value := value | ((byte & 127)::bigint << shift);
    EXIT WHEN byte < 128;
    shift := shift + 7;
  END LOOP;
END $$;

-- Size, times and owner of an entry. `readable` is false for compressed and for damaged rows.
CREATE OR REPLACE FUNCTION swfs.attributes(
  meta bytea, OUT readable boolean, OUT size bigint, OUT modified timestamptz, OUT mode bigint,
  OUT uid bigint, OUT gid bigint, OUT chunks integer
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  bytes bytea := coalesce(meta, '') || ''::bytea;  -- a copy that is not fetched anew for each byte
  pos integer := 0;
  inner_pos integer;
  inner_end integer;
  tag bigint;
  inner_tag bigint;
  value bigint;
  chunk_offset bigint;
  chunk_size bigint;
  seconds bigint := 0;
BEGIN
  size := 0; mode := 0; uid := 0; gid := 0; chunks := 0; readable := true;
  IF length(bytes) >= 2 AND get_byte(bytes, 0) = 31 AND get_byte(bytes, 1) = 139 THEN
    readable := false; size := NULL; mode := NULL; uid := NULL; gid := NULL; chunks := NULL;
    RETURN;
  END IF;
  WHILE pos < length(bytes) LOOP
    SELECT v.value, v.next INTO tag, pos FROM swfs.varint(bytes, pos) v;
    CASE tag & 7
    WHEN 0 THEN SELECT v.next INTO pos FROM swfs.varint(bytes, pos) v;
    WHEN 1 THEN pos := pos + 8;
    WHEN 5 THEN pos := pos + 4;
    WHEN 2 THEN
      SELECT v.value, v.next INTO value, inner_pos FROM swfs.varint(bytes, pos) v;
      IF value < 0 OR value > length(bytes) - inner_pos THEN RAISE EXCEPTION 'cut'; END IF;
      inner_end := inner_pos + value::integer;
      pos := inner_end;
      IF tag >> 3 = 9 THEN size := greatest(size, value); END IF;
      IF tag >> 3 IN (3, 4) THEN
        chunk_offset := 0; chunk_size := 0;
        WHILE inner_pos < inner_end LOOP
          SELECT v.value, v.next INTO inner_tag, inner_pos FROM swfs.varint(bytes, inner_pos) v;
          CASE inner_tag & 7
          WHEN 0 THEN
            SELECT v.value, v.next INTO value, inner_pos FROM swfs.varint(bytes, inner_pos) v;
            IF tag >> 3 = 3 THEN
              CASE inner_tag >> 3
              WHEN 2 THEN chunk_offset := value;
              WHEN 3 THEN chunk_size := value;
              ELSE NULL;
              END CASE;
            ELSE
              CASE inner_tag >> 3
              WHEN 1 THEN
                IF value < 0 THEN RAISE EXCEPTION 'absurd size'; END IF;
                size := greatest(size, value);
              WHEN 2 THEN seconds := value;
              WHEN 3 THEN mode := value & 4294967295;
              WHEN 4 THEN uid := value & 4294967295;
              WHEN 5 THEN gid := value & 4294967295;
              ELSE NULL;
              END CASE;
            END IF;
          WHEN 1 THEN inner_pos := inner_pos + 8;
          WHEN 5 THEN inner_pos := inner_pos + 4;
          WHEN 2 THEN
            SELECT v.value, v.next INTO value, inner_pos FROM swfs.varint(bytes, inner_pos) v;
            IF value < 0 OR value > inner_end - inner_pos THEN RAISE EXCEPTION 'cut'; END IF;
            inner_pos := inner_pos + value::integer;
          ELSE RAISE EXCEPTION 'impossible tag';
          END CASE;
        END LOOP;
        IF inner_pos <> inner_end THEN RAISE EXCEPTION 'cut'; END IF;
        IF tag >> 3 = 3 THEN
          IF chunk_offset < 0 OR chunk_size < 0 THEN RAISE EXCEPTION 'absurd chunk'; END IF;
          size := greatest(size, chunk_offset + chunk_size);
          chunks := chunks + 1;
        END IF;
      END IF;
    ELSE RAISE EXCEPTION 'impossible tag';
    END CASE;
  END LOOP;
  IF pos <> length(bytes) THEN RAISE EXCEPTION 'cut'; END IF;
  modified := to_timestamp(seconds);
EXCEPTION WHEN OTHERS THEN
  readable := false; size := NULL; modified := NULL; mode := NULL; uid := NULL; gid := NULL;
  chunks := NULL;
END $$;

-- Entries and key-value rows share the table; only an entry's dirhash is the hash of its directory.
CREATE OR REPLACE VIEW swfs.entries AS
  SELECT f.directory, f.name,
    CASE f.directory WHEN '/' THEN '/' || f.name ELSE f.directory || '/' || f.name END AS path,
    octet_length(f.meta) AS meta_bytes, substr(f.meta, 1, 2) = '\x1f8b'::bytea AS is_compressed,
    f.meta
  FROM (SELECT dirhash, directory::text COLLATE "C" AS directory, name::text COLLATE "C" AS name,
      meta FROM public.filemeta) f
  WHERE f.dirhash = swfs.directory_hash(f.directory);

CREATE OR REPLACE VIEW swfs.key_values AS
  SELECT decode(f.directory, 'base64') || decode(f.name, 'base64') AS key,
    octet_length(f.meta) AS value_bytes, f.meta AS value
  FROM (SELECT dirhash, directory::text COLLATE "C" AS directory, name::text COLLATE "C" AS name,
      meta FROM public.filemeta) f
  WHERE f.dirhash <> swfs.directory_hash(f.directory) AND f.directory ~ '^[A-Za-z0-9+/]{11}=$'
    AND f.name ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';

CREATE OR REPLACE VIEW swfs.directories_by_entries AS
  SELECT directory, count(*) AS entries, sum(meta_bytes) AS meta_bytes
  FROM swfs.entries GROUP BY directory ORDER BY entries DESC;

-- Space of the files right in each directory; add up what lies below with a LIKE on `directory`.
CREATE OR REPLACE VIEW swfs.space_by_directory AS
  SELECT e.directory, count(*) FILTER (WHERE a.readable) AS entries,
    coalesce(sum(a.size), 0) AS bytes, count(*) FILTER (WHERE NOT a.readable) AS unreadable
  FROM swfs.entries e, LATERAL swfs.attributes(e.meta) a
  GROUP BY e.directory ORDER BY bytes DESC;

CREATE OR REPLACE VIEW swfs.biggest_files AS
  SELECT e.path, a.size, a.modified, a.chunks, a.uid, a.gid
  FROM swfs.entries e, LATERAL swfs.attributes(e.meta) a
  WHERE a.readable AND a.mode & 2147483648 = 0 ORDER BY a.size DESC;

CREATE OR REPLACE VIEW swfs.oldest_files AS
  SELECT e.path, a.modified, a.size, a.uid, a.gid
  FROM swfs.entries e, LATERAL swfs.attributes(e.meta) a
  WHERE a.readable AND a.mode & 2147483648 = 0 ORDER BY a.modified;

GRANT USAGE ON SCHEMA swfs TO swfs_operator;
GRANT SELECT ON swfs.entries, swfs.directories_by_entries, swfs.space_by_directory,
  swfs.biggest_files, swfs.oldest_files TO swfs_operator;
-- Not key_values: it holds the filers' bookkeeping and hard links' cipher keys.
COMMIT;
