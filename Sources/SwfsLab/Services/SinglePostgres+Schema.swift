extension SinglePostgres {
  func createSchema() throws(LabError) {
    let secrets = lab.settings.secrets
    let directory = lab.layout.service("postgres-1")
    let environment = ["PGPASSWORD": secrets.postgres]
    // From files, so that no password shows in a process list.
    let roles = directory + "/roles.sql"
    try Files.write(
      """
      select 'create role seaweedfs login'
        where not exists (select from pg_roles where rolname = 'seaweedfs') \\gexec
      select 'create role swfs_reader login'
        where not exists (select from pg_roles where rolname = 'swfs_reader') \\gexec
      alter role seaweedfs password '\(secrets.seaweedfs)';
      alter role swfs_reader password '\(secrets.reader)';
      select 'create database seaweedfs owner seaweedfs template template0 lc_collate ''C'''
        where not exists (select from pg_database where datname = 'seaweedfs') \\gexec

      """, to: roles, mode: 0o600)
    try Tool.check(psql + ["--file=\(roles)"], adding: environment)
    let tables = directory + "/tables.sql"
    try Files.write(
      """
      set role seaweedfs;
      create table if not exists filemeta (
        dirhash bigint, name varchar(65535), directory varchar(65535), meta bytea,
        primary key (dirhash, name));
      grant select on filemeta to swfs_reader;

      """, to: tables)
    try Tool.check(
      Self.psql(host: hosts[0], port: port, database: "seaweedfs") + ["--file=\(tables)"],
      adding: environment)
  }
}
