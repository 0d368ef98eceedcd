import SwfsCore
import Testing

@testable import SwfsPostgres

struct PostgresSettingsTests {
  @Test func severalHostsBecomeOneAttemptEach() throws {
    let settings = try PostgresSettings(
      conninfo: "postgresql://reader:secret@h1:5433,h2,h3:5434/seaweedfs")
    #expect(settings.hosts.map(\.host) == ["h1", "h2", "h3"])
    #expect(settings.hosts.map(\.port) == ["5433", nil, "5434"])
    let second = settings.keywords(for: settings.hosts[1], plain: false, secondRound: false)
    #expect(second["host"] == "h2")
    #expect(second["port"] == nil)
    #expect(second["dbname"] == "seaweedfs")
    #expect(second["password"] == "secret")
    #expect(second["target_session_attrs"] == "primary")
    #expect(second["tcp_user_timeout"] == "5000")
    #expect(second["options"] == PostgresSettings.planningOptions)
    #expect(settings.connectTimeoutSeconds == 2)
  }

  @Test func onePortServesAllHosts() throws {
    let settings = try PostgresSettings(conninfo: "host=a,b port=6543")
    #expect(settings.hosts.map(\.port) == ["6543", "6543"])
  }

  @Test func usersOwnWordsWin() throws {
    let settings = try PostgresSettings(
      conninfo: "host=h options='-c search_path=seaweed' target_session_attrs=any"
        + " connect_timeout=7 keepalives_idle=60 application_name=mine")
    let keywords = settings.keywords(for: settings.hosts[0], plain: false, secondRound: false)
    #expect(keywords["options"] == PostgresSettings.planningOptions + " -c search_path=seaweed")
    #expect(keywords["target_session_attrs"] == "any")
    #expect(keywords["keepalives_idle"] == "60")
    #expect(keywords["application_name"] == "mine")
    #expect(settings.connectTimeoutSeconds == 7)
  }

  @Test func poolerGetsNoOptions() throws {
    let settings = try PostgresSettings(conninfo: "host=h options='-c jit=on'")
    let keywords = settings.keywords(for: settings.hosts[0], plain: true, secondRound: false)
    #expect(keywords["options"] == nil)
  }

  @Test func standbyIsPreferredByTwoRounds() throws {
    let settings = try PostgresSettings(
      conninfo: "host=h target_session_attrs=prefer-standby")
    #expect(settings.needsSecondRound)
    let host = settings.hosts[0]
    let rounds = [false, true].map {
      settings.keywords(for: host, plain: false, secondRound: $0)["target_session_attrs"]
    }
    #expect(rounds == ["standby", "any"])
  }

  @Test func nonsenseIsRefusedWithoutThePassword() throws {
    for text in ["just-a-word", "host=a,b,c port=1,2", "nosuchkey=1 password=geheim"] {
      let error = #expect(throws: FSError.self) { try PostgresSettings(conninfo: text) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains("geheim") == false)
    }
    let settings = try PostgresSettings(conninfo: "host=h user=u password=geheim dbname=d")
    #expect(settings.description == "u@h/d")
  }
}
