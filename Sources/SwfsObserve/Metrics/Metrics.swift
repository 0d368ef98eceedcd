/// Every metric of the mount in one table; `docs/METRICS.md` explains each and a test keeps both equal.
public enum Metrics {
  // Names plane
  public static let namesFromPostgres = Counter(
    "swfs_names_reads_total", labels: "source=\"postgres\"",
    help: "Lookups and listing pages answered by SQL or by a filer.")
  public static let namesFromFiler = Counter(
    "swfs_names_reads_total", labels: "source=\"filer\"",
    help: "Lookups and listing pages answered by SQL or by a filer.")
  public static let rowsFromPostgres = Counter(
    "swfs_listing_rows_total", labels: "source=\"postgres\"",
    help: "Directory entries read, by source.")
  public static let rowsFromFiler = Counter(
    "swfs_listing_rows_total", labels: "source=\"filer\"",
    help: "Directory entries read, by source.")
  public static let postgresUp = Gauge(
    "swfs_postgres_up", help: "1 while names are read from Postgres, 0 while filers serve them.")
  public static let corruptRows = Counter(
    "swfs_corrupt_entries_total", help: "Entries that could not be decoded.")

  // Changes plane
  public static let filerCalls = Counter(
    "swfs_filer_calls_total", help: "gRPC calls to filers, retries included.")
  public static let filerFailovers = Counter(
    "swfs_filer_failovers_total", help: "Times another filer was taken because one failed.")
  public static let commits = Counter(
    "swfs_commits_total", help: "Entries written for files with new data.")
  public static let commitConflicts = Counter(
    "swfs_commit_conflicts_total", help: "Guarded writes that met another writer and were merged.")
  public static let feedEvents = Counter(
    "swfs_feed_events_total", help: "Changes received from filers' event streams.")
  public static let feedStreamsUp = Gauge(
    "swfs_feed_streams_up", help: "Event streams that are connected and recent.")
  public static let feedBreaks = Counter(
    "swfs_feed_breaks_total", help: "Times an event stream broke or stalled.")

  // Bytes plane
  public static let uploads = Counter("swfs_uploads_total", help: "Needles stored.")
  public static let uploadRetries = Counter(
    "swfs_upload_retries_total", help: "Uploads repeated under a new file id.")
  public static let uploadedBytes = Counter("swfs_uploaded_bytes_total", help: "Bytes stored.")
  public static let downloads = Counter("swfs_downloads_total", help: "Reads of needles.")
  public static let downloadRetries = Counter(
    "swfs_download_retries_total", help: "Reads repeated on another replica or location.")
  public static let downloadedBytes = Counter(
    "swfs_downloaded_bytes_total", help: "Bytes read from volume servers.")
  public static let chunkCacheHits = Counter(
    "swfs_chunk_cache_hits_total", help: "Reads answered from memory or disk.")
  public static let chunkCacheMisses = Counter(
    "swfs_chunk_cache_misses_total", help: "Reads that had to go to a volume server.")

  // Memory
  public static let memoryUsed = Gauge(
    "swfs_memory_budget_used_bytes", help: "Bytes taken from the --memory budget.")
  public static let dirtyBytes = Gauge(
    "swfs_dirty_bytes", help: "Bytes written by applications and not stored yet.")
  public static let memoryWaits = Counter(
    "swfs_memory_waits_total", help: "Writes that had to wait for memory.")

  // File system
  public static let operationErrors = Counter(
    "swfs_operation_eio_total", help: "Operations answered with EIO; each is logged with its cause."
  )
  public static let inodes = Gauge("swfs_inodes", help: "Inodes the kernel refers to.")
  public static let openHandles = Gauge("swfs_open_handles", help: "Open files and directories.")

  static let counters: [Counter] = [
    namesFromPostgres, namesFromFiler, rowsFromPostgres, rowsFromFiler, corruptRows, filerCalls,
    filerFailovers, commits, commitConflicts, feedEvents, feedBreaks, uploads, uploadRetries,
    uploadedBytes, downloads, downloadRetries, downloadedBytes, chunkCacheHits, chunkCacheMisses,
    memoryWaits, operationErrors,
  ]
  static let gauges: [Gauge] = [
    postgresUp, feedStreamsUp, memoryUsed, dirtyBytes, inodes, openHandles,
  ]
}
