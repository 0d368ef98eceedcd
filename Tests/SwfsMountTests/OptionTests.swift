import SwfsCore
import SwfsFS
import SwfsFuse
import Testing

@testable import SwfsMount

/// Every spelling that people use, through the one table.
struct OptionTests {
  private func parse(_ words: String..., helper: Bool = false) throws -> OptionValues {
    try CommandLineParser(words, isMountHelper: helper).values
  }

  private func message(_ words: String...) -> String? {
    do {
      _ = try CommandLineParser(words)
      return nil
    } catch {
      return error.message
    }
  }

  @Test func longOptionsWithAndWithoutEquals() throws {
    let values = try parse("--filer", "a:1,b:2", "--memory=64M", "--read-only", "/mnt")
    #expect(values["filer"] == "a:1,b:2")
    #expect(values["memory"] == "64M")
    #expect(values["read-only"] == "true")
    #expect(values["mountpoint"] == "/mnt")
  }

  @Test func weedsSpellings() throws {
    let values = try parse(
      "-filer=a:1", "-dir=/mnt", "-filer.path=/x", "-chunkSizeLimitMB=8", "-cacheCapacityMB", "512",
      "-allowOthers=false", "-map.uid=1:2", "-disableXAttr", "-readOnly=true", "-volumeName=x",
      "-dirAutoCreate")
    #expect(values["filer-path"] == "/x" && values["chunk-size"] == "8MiB")
    #expect(values["cache-size"] == "512MiB" && values["allow-other"] == "false")
    #expect(values["uid-map"] == "1:2" && values["xattr"] == "false")
    #expect(values["read-only"] == "true" && values["fsname"] == "x")
    #expect(values["create-mountpoint"] == "true")
    #expect(values.ignored.isEmpty)
  }

  @Test func weedsOptionsWithoutMeaningAreNamed() throws {
    let values = try parse(
      "-writeBufferSizeMB=64", "-dlm", "-metadataFlushSeconds", "10", "-filer=a:1", "/mnt")
    #expect(values.ignored.count == 3)
    #expect(values.ignored.allSatisfy { $0.contains(" is ignored: ") })
    #expect(values["mountpoint"] == "/mnt" && values["filer"] == "a:1")
  }

  @Test func mountOptionsOfEveryKind() throws {
    let values = try parse(
      "/mnt", "-o", "ro,noatime,_netdev,x-systemd.automount,allow_other,cache_dir=/c,nosuid",
      "-onodev,filer='a:1,b:2',filer.path=/p,umask=027")
    #expect(values["read-only"] == "true" && values["allow-other"] == "true")
    #expect(values["cache-dir"] == "/c" && values["umask"] == "027")
    #expect(values["filer"] == "a:1,b:2" && values["filer-path"] == "/p")
    #expect(values.kernelOptions == ["noatime", "nosuid", "nodev"])
    #expect(values.ignored.isEmpty)
    #expect(try parse("/mnt", "-o", "ro,rw")["read-only"] == "false")
  }

  @Test func theMountHelpersArguments() throws {
    let values = try parse(
      "h1:8888,h2:8888:/path", "/mnt", "-n", "-s", "-o", "rw,nofail", "-t", "fuse.swfs",
      helper: true)
    #expect(values["filer"] == "h1:8888,h2:8888" && values["filer-path"] == "/path")
    #expect(values["mountpoint"] == "/mnt")
  }

  @Test(arguments: [
    ("h1:8888,h2:8888:/path", "h1:8888,h2:8888", "/path"), ("h1:8888", "h1:8888", nil),
    ("h1:8888:/", "h1:8888", "/"), ("/path", nil, "/path"), ("swfs", nil, nil),
    ("fuse", nil, nil), ("[::1]:8888:/a:b", "[::1]:8888", "/a:b"), ("h1,h2:/p", "h1,h2", "/p"),
  ])
  func sources(text: String, filers: String?, path: String?) {
    let source = MountSource(text)
    #expect(source.filers == filers && source.path == path)
  }

  @Test func switchesCanBeTurnedOff() throws {
    #expect(try parse("--no-acl", "--xattr=off", "/m")["acl"] == "false")
    #expect(try parse("-f", "/m")["foreground"] == "true")
  }

  @Test func mistakesAreExplainedInOneLine() {
    #expect(message("--filler", "a:1") == "unknown option --filler, did you mean --filer?")
    #expect(
      message("-o", "alow_other") == "unknown option -o alow_other, did you mean --allow-other?")
    #expect(message("--quite-another-thing") == "unknown option --quite-another-thing")
    #expect(message("--memory", "lots") == "--memory: 'lots' is not a size such as 256M or 1GiB")
    #expect(message("--memory") == "--memory needs a value (SIZE)")
    #expect(message("--durability=paper")?.contains("one of replicas, disk") == true)
    #expect(message("--umask", "9")?.contains("octal") == true)
    #expect(message("--map.uid=1")?.contains("local:filer") == true)
    #expect(message("-cacheCapacityMB=x") == "-cacheCapacityMB: 'x' is not a value for this option")
    #expect(message("a", "b", "c") == "too many arguments: c")
    #expect(message("-o") == "-o needs a list of options")
    #expect(message("--threads=0")?.contains("from 4 to 4096") == true)
  }

  @Test func valuesAreRead() {
    #expect(OptionKind.bytes("1k") == 1024 && OptionKind.bytes("3MiB") == 3 << 20)
    #expect(OptionKind.bytes("-1") == nil && OptionKind.bytes("99999999999T") == nil)
    #expect(OptionKind.bytes("7") == 7 && OptionKind.bytes("") == nil)
    #expect(OptionKind.seconds("500ms") == 0.5 && OptionKind.seconds("2m") == 120)
    #expect(OptionKind.seconds("3d") == 259_200 && OptionKind.seconds("nan") == nil)
    #expect(OptionKind.octal("0750") == 0o750 && OptionKind.octal("77777") == nil)
    #expect(OptionKind.idPairs("1:2,3:4")?.count == 2 && OptionKind.idPairs("1:2:3") == nil)
  }

  @Test func sourcesOfOptionsHaveRanks() throws {
    var values = try parse("--memory=1M", "/m")
    values.fill(
      from: try .environment {
        ["SWFS_MEMORY": "2M", "SWFS_CACHE_SIZE": "2M", "SWFS_POSTGRES": "host=p"][$0]
      })
    values.fill(
      from: try ConfigurationFile.parse(
        "# all\nmemory = 3M\ncache-size=3M\n\nthreads = '8' \nread-only\ncollection = \"a b\"\n",
        "c"))
    #expect(values["memory"] == "1M" && values["cache-size"] == "2M" && values["threads"] == "8")
    #expect(values["read-only"] == "true" && values["collection"] == "a b")
    #expect(values["postgres"] == "host=p")
  }

  @Test func configurationFilesAreCheckedByLine() {
    #expect(throws: FSError.self) { try ConfigurationFile.parse("x\n", "c") }
    do {
      _ = try ConfigurationFile.parse("memory = 1M\nmemori = 3M", "/etc/swfs.conf")
    } catch {
      #expect(error.message == "/etc/swfs.conf:2: memori: unknown option, did you mean memory?")
    }
    #expect(throws: FSError.self) { try ConfigurationFile.read("/nonexistent/file") }
  }

  @Test func everyOptionIsWellFormed() throws {
    #expect(Set(OptionTable.all.map(\.name)).count == OptionTable.all.count)
    for option in OptionTable.all {
      #expect(!option.help.isEmpty)
      if !option.defaultText.isEmpty { try option.kind.check(option.defaultText) }
    }
  }

  @Test func anotherProcessGetsTheSameOptionsButNoSecrets() throws {
    let values = try parse(
      "--postgres", "postgresql://u:secret@h/d", "--memory=1M", "-o", "noatime,ro", "/m")
    #expect(values.showsPassword)
    let words = values.arguments()
    #expect(!words.joined().contains("secret"))
    let again = try CommandLineParser(words).values
    #expect(again["memory"] == "1M" && again["read-only"] == "true" && again["mountpoint"] == "/m")
    #expect(again.kernelOptions == ["noatime"])
  }

  @Test func passwordsAreRecognised() {
    #expect(PostgresPassword.stands(in: "postgresql://u:p@h/db"))
    #expect(PostgresPassword.stands(in: "host=h password=x"))
    #expect(!PostgresPassword.stands(in: "postgresql://u@h:5432,h2:5432/db"))
    #expect(!PostgresPassword.stands(in: "service=x"))
  }

  @Test func settingsHaveDefaults() throws {
    let settings = try MountSettings(try parse("/m"))
    #expect(settings.filers == ["localhost:8888"] && settings.filerPath.isRoot)
    #expect(settings.bytes("memory") == 256 << 20 && settings.seconds("deadline") == 120)
    #expect(settings.postgres == nil)
    #expect(settings.fuseOptions().source == "localhost:8888:/")
    #expect(try settings.fileSystemOptions().chunkBytes == 4 << 20)
    #expect(throws: FSError.self) { try MountSettings(OptionValues()) }
    #expect(throws: FSError.self) { try MountSettings(try parse("/m", "--filer-path=/a/../b")) }
    #expect(throws: FSError.self) { try MountSettings(try parse("/m", "--uid-map=1:2,1:3")) }
  }
}
