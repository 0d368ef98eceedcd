-- Settings of roles and table; they take effect in new sessions.
\set ON_ERROR_STOP on
SELECT current_database() AS database \gset

-- Filers. A filer of 4.48 leaks a transaction when a directory is renamed onto one with children, and
-- hangs for good once its pool is used up: the server ends such sessions.
ALTER ROLE seaweedfs IN DATABASE :"database" SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE seaweedfs IN DATABASE :"database" SET lock_timeout = '30s';
-- An acknowledged change is on disk (and on the standbys the cluster asks for).
ALTER ROLE seaweedfs IN DATABASE :"database" SET synchronous_commit = 'on';
ALTER ROLE seaweedfs IN DATABASE :"database" SET jit = 'off';

-- Mounts. swfs-mount asks for these itself where it may; behind a pooler that refuses start-up options
-- the role has to bring them. They make every page of a listing an index scan.
ALTER ROLE swfs_reader IN DATABASE :"database" SET plan_cache_mode = 'force_custom_plan';
ALTER ROLE swfs_reader IN DATABASE :"database" SET enable_sort = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET enable_bitmapscan = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET enable_seqscan = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET enable_hashjoin = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET enable_mergejoin = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET jit = 'off';
ALTER ROLE swfs_reader IN DATABASE :"database" SET statement_timeout = '30s';
ALTER ROLE swfs_reader IN DATABASE :"database" SET idle_in_transaction_session_timeout = '10s';

-- Every commit of a file replaces its row: clean up at 2 % dead rows, not at 20 %.
ALTER TABLE public.filemeta SET (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);
