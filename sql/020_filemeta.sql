-- The filers' table. Made beforehand: three filers that start on an empty database race to create it.
\set ON_ERROR_STOP on
SET client_min_messages = warning;

-- The owner makes it, so that filers may alter it; PostgreSQL 15 gives no CREATE on public to others.
GRANT USAGE, CREATE ON SCHEMA public TO seaweedfs;
SET ROLE seaweedfs;

CREATE TABLE IF NOT EXISTS public.filemeta (
  dirhash   bigint,                       -- first 8 bytes of md5(directory), or of a key-value key
  name      varchar(65535) COLLATE "C",   -- last path component
  directory varchar(65535) COLLATE "C",   -- the parent's path
  meta      bytea,                        -- filer_pb.Entry, gzip when it has more than 50 chunks
  PRIMARY KEY (dirhash, name)
);

RESET ROLE;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON public.filemeta FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO swfs_reader;
GRANT SELECT ON public.filemeta TO swfs_reader;
