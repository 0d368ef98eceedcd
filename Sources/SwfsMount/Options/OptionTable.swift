/// Every option of `swfs-mount`. `docs/CONFIGURATION.md` shows the same table; a test keeps them equal.
enum OptionTable {
  private typealias Alias = OptionDefinition.Alias

  static let all: [OptionDefinition] = cluster + mount + files + limits + identity + service

  private static let cluster: [OptionDefinition] = [
    OptionDefinition(
      name: "filer", kind: .text, defaultText: "localhost:8888",
      help: "Filers as host:port, separated by commas. Each may be lost.", group: .cluster),
    OptionDefinition(
      name: "filer-path", kind: .text, defaultText: "/",
      help: "The directory of the filers' namespace that is mounted; it must exist.",
      group: .cluster, aliases: [Alias(name: "filer.path")]),
    OptionDefinition(
      name: "postgres", kind: .text, defaultText: "",
      help:
        "Connection string of the filers' database: names are read from there. Better in a file "
        + "or the environment when it has a password; PGSERVICE and PGPASSFILE work too.",
      group: .cluster, isSecret: true),
    OptionDefinition(
      name: "postgres-file", kind: .path, defaultText: "",
      help: "A file whose first line is the connection string.", group: .cluster),
    OptionDefinition(
      name: "volume-server-access", kind: .choice(["direct", "publicUrl", "filerProxy"]),
      defaultText: "direct", help: "The way to volume servers.", group: .cluster,
      aliases: [Alias(name: "volumeServerAccess")]),
    OptionDefinition(
      name: "locks", kind: .choice(["cluster", "local"]), defaultText: "cluster",
      help: "Who keeps file locks: the filers for all mounts, or the kernel for this one.",
      group: .cluster),
    OptionDefinition(
      name: "durability", kind: .choice(["replicas", "disk"]), defaultText: "replicas",
      help: "What an acknowledged byte is on: every replica, or every replica's disk (fsync).",
      group: .cluster),
    OptionDefinition(
      name: "deadline", kind: .seconds, defaultText: "120s",
      help: "The longest that one call waits for the cluster before it fails.", group: .cluster),
    OptionDefinition(
      name: "start-timeout", kind: .seconds, defaultText: "15s",
      help: "How long to try to reach a filer before giving up at the start.", group: .cluster),
  ]

  private static let mount: [OptionDefinition] = [
    OptionDefinition(
      name: "mountpoint", kind: .path, defaultText: "",
      help: "Where to mount, when it is not given as an argument.", group: .mount,
      aliases: [Alias(name: "dir")]),
    OptionDefinition(
      name: "create-mountpoint", kind: .flag, defaultText: "false",
      help: "Make the mount point when it is missing.", group: .mount,
      aliases: [Alias(name: "dirAutoCreate")]),
    OptionDefinition(
      name: "nonempty", kind: .flag, defaultText: "false",
      help: "Mount over a directory that has entries.", group: .mount),
    OptionDefinition(
      name: "read-only", kind: .flag, defaultText: "false",
      help: "Refuse every change.", group: .mount, aliases: [Alias(name: "readOnly")]),
    OptionDefinition(
      name: "allow-other", kind: .flag, defaultText: "",
      help: "Let other users in. True for root unless switched off.", group: .mount,
      aliases: [Alias(name: "allowOthers")]),
    OptionDefinition(
      name: "default-permissions", kind: .flag, defaultText: "true",
      help: "Have the kernel check modes and ACLs.", group: .mount,
      aliases: [Alias(name: "defaultPermissions")]),
    OptionDefinition(
      name: "xattr", kind: .flag, defaultText: "true",
      help: "Extended attributes. Off saves the kernel a question for each write.", group: .mount,
      aliases: [Alias(name: "disableXAttr", unit: .inverted)]),
    OptionDefinition(
      name: "acl", kind: .flag, defaultText: "true", help: "POSIX access control lists.",
      group: .mount),
    OptionDefinition(
      name: "attribute-timeout", kind: .seconds, defaultText: "60s",
      help: "How long the kernel may believe names and attributes while it is told of changes.",
      group: .mount, aliases: [Alias(name: "cacheMetaTtlSec")]),
    OptionDefinition(
      name: "degraded-timeout", kind: .seconds, defaultText: "1s",
      help: "The same while a filer's event stream is down.", group: .mount),
    OptionDefinition(
      name: "fsname", kind: .text, defaultText: "",
      help: "The device that mount and df show; the filers and the path by default.", group: .mount,
      aliases: [Alias(name: "volumeName")]),
    OptionDefinition(
      name: "system-entries", kind: .flag, defaultText: "false",
      help: "Show the cluster's own directories at the root.", group: .mount,
      aliases: [Alias(name: "includeSystemEntries")]),
  ]

  private static let files: [OptionDefinition] = [
    OptionDefinition(
      name: "collection", kind: .text, defaultText: "",
      help: "Collection of new chunks; empty leaves it to the filers' rules.", group: .files),
    OptionDefinition(
      name: "replication", kind: .text, defaultText: "",
      help: "Replication of new chunks, such as 001; empty leaves it to the filers' rules.",
      group: .files),
    OptionDefinition(
      name: "disk", kind: .text, defaultText: "", help: "Disk type of new chunks.", group: .files),
    OptionDefinition(
      name: "data-center", kind: .text, defaultText: "",
      help: "Where to write, and which replica to read first.", group: .files,
      aliases: [Alias(name: "dataCenter")]),
    OptionDefinition(
      name: "ttl", kind: .seconds, defaultText: "0s",
      help: "New files vanish after this time; 0 keeps them.", group: .files),
    OptionDefinition(
      name: "chunk-size", kind: .bytes, defaultText: "4MiB", help: "Bytes of a full chunk.",
      group: .files, aliases: [Alias(name: "chunkSizeLimitMB", unit: .mebibytes)]),
  ]

  private static let limits: [OptionDefinition] = [
    OptionDefinition(
      name: "memory", kind: .bytes, defaultText: "256MiB",
      help: "Bounds written data, caches, inodes and buffers together.", group: .limits,
      aliases: [Alias(name: "memoryLimitMB", unit: .mebibytes)]),
    OptionDefinition(
      name: "cache-dir", kind: .path, defaultText: "",
      help: "Keep chunks read in this directory too.", group: .limits,
      aliases: [Alias(name: "cacheDir")]),
    OptionDefinition(
      name: "cache-size", kind: .bytes, defaultText: "1GiB", help: "Bytes in the cache directory.",
      group: .limits, aliases: [Alias(name: "cacheCapacityMB", unit: .mebibytes)]),
    OptionDefinition(
      name: "uploads", kind: .count(1...1024), defaultText: "16",
      help: "Chunks on their way to volume servers at a time.", group: .limits,
      aliases: [Alias(name: "concurrentWriters")]),
    OptionDefinition(
      name: "downloads", kind: .count(1...1024), defaultText: "16",
      help: "Chunks read ahead at a time.", group: .limits,
      aliases: [Alias(name: "concurrentReaders")]),
    OptionDefinition(
      name: "threads", kind: .count(4...4096), defaultText: "512",
      help: "Calls served at a time.", group: .limits),
    OptionDefinition(
      name: "max-background", kind: .count(1...65535), defaultText: "128",
      help: "The kernel's own requests (readahead) on their way at a time.", group: .limits,
      aliases: [Alias(name: "fuse.maxBackground")]),
    OptionDefinition(
      name: "readahead", kind: .bytes, defaultText: "1MiB",
      help: "How far the kernel reads ahead.", group: .limits),
  ]

  private static let identity: [OptionDefinition] = [
    OptionDefinition(
      name: "uid-map", kind: .idPairs, defaultText: "",
      help: "User numbers here and in the cluster.", group: .identity,
      aliases: [Alias(name: "map.uid")]),
    OptionDefinition(
      name: "gid-map", kind: .idPairs, defaultText: "",
      help: "Group numbers here and in the cluster.", group: .identity,
      aliases: [Alias(name: "map.gid")]),
    OptionDefinition(
      name: "umask", kind: .octal, defaultText: "",
      help: "Taken from the permissions of new entries, on top of the process's own umask.",
      group: .identity),
  ]

  private static let service: [OptionDefinition] = [
    OptionDefinition(
      name: "foreground", kind: .flag, defaultText: "false",
      help: "Stay in the foreground and log to stderr (also -f). Speaks sd_notify.",
      group: .service),
    OptionDefinition(
      name: "config", kind: .path, defaultText: "",
      help: "A file of name = value lines; the command line and the environment come first.",
      group: .service, aliases: [Alias(name: "options")]),
    OptionDefinition(
      name: "metrics", kind: .text, defaultText: "",
      help: "Serve /metrics and /healthz at host:port or at a socket path.", group: .service),
    OptionDefinition(
      name: "log-level", kind: .choice(["error", "warning", "notice", "info", "debug"]),
      defaultText: "notice", help: "The most detailed lines to log.", group: .service),
    OptionDefinition(
      name: "log-file", kind: .path, defaultText: "",
      help: "Log here; SIGHUP opens it anew. In the background the default is syslog.",
      group: .service),
    OptionDefinition(
      name: "pid-file", kind: .path, defaultText: "", help: "Write the process id here.",
      group: .service),
  ]
}
