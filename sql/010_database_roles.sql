-- Database and roles. Run by a superuser in any database; see README.md for the variables.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\if :{?database}
\else
  \set database seaweedfs
\endif
\getenv seaweedfs_password SWFS_SEAWEEDFS_PASSWORD
\getenv swfs_reader_password SWFS_READER_PASSWORD
\getenv swfs_exporter_password SWFS_EXPORTER_PASSWORD
\getenv swfs_backup_password SWFS_BACKUP_PASSWORD

-- Passwords must not reach the server's log.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';

SELECT format('CREATE ROLE %I %s', name, kind)
FROM (VALUES
  ('seaweedfs', 'LOGIN'),      -- the filers: owns the database and its table
  ('swfs_reader', 'LOGIN'),    -- the mounts: reads names
  ('swfs_exporter', 'LOGIN'),  -- monitoring
  ('swfs_backup', 'LOGIN'),    -- pg_basebackup and pg_dump
  ('swfs_operator', 'NOLOGIN') -- people: grant it to read the views of 040
) AS wanted (name, kind)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE seaweedfs NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE swfs_reader NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE swfs_exporter NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE swfs_backup NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION;
GRANT pg_monitor TO swfs_exporter;
GRANT pg_read_all_data TO swfs_backup;

-- A role without a variable keeps the password it has.
\if :{?seaweedfs_password}
  ALTER ROLE seaweedfs PASSWORD :'seaweedfs_password';
\endif
\if :{?swfs_reader_password}
  ALTER ROLE swfs_reader PASSWORD :'swfs_reader_password';
\endif
\if :{?swfs_exporter_password}
  ALTER ROLE swfs_exporter PASSWORD :'swfs_exporter_password';
\endif
\if :{?swfs_backup_password}
  ALTER ROLE swfs_backup PASSWORD :'swfs_backup_password';
\endif

-- Locale C: names sort by bytes, which is the order listings are in.
SELECT format(
  'CREATE DATABASE %I OWNER seaweedfs TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''',
  :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO swfs_reader, swfs_exporter, swfs_backup, swfs_operator;
