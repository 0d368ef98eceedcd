-- What PgBouncer needs: a role that may look up other roles' password verifiers, and nothing else; and the role
-- `admin`, for people and programs that make databases for applications.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\if :{?database}
\else
  SELECT current_database() AS database \gset
\endif

SELECT format('CREATE ROLE %I LOGIN', name)
FROM (VALUES ('pgbouncer_auth'), ('admin')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE pgbouncer_auth NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE admin NOSUPERUSER CREATEDB CREATEROLE NOREPLICATION;
GRANT CONNECT ON DATABASE :"database" TO pgbouncer_auth;

-- PgBouncer asks in the database that the client wants, so the function is in each: in template1 too, from which
-- new databases are made. Superusers and replication roles do not come in through the pool.
\set lookup 'CREATE SCHEMA IF NOT EXISTS pgbouncer; REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC; GRANT USAGE ON SCHEMA pgbouncer TO pgbouncer_auth; CREATE OR REPLACE FUNCTION pgbouncer.get_auth(wanted text) RETURNS TABLE (usename name, passwd text) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$ SELECT s.usename, s.passwd FROM pg_shadow s WHERE s.usename = wanted AND NOT s.usesuper AND NOT s.userepl $$; REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO pgbouncer_auth;'
:lookup
\connect -reuse-previous=on postgres
SET client_min_messages = warning;
:lookup
\connect -reuse-previous=on template1
SET client_min_messages = warning;
:lookup
