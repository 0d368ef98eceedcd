import SwfsCore
import SwfsProto
import SwfsTransport
import Testing

@testable import SwfsCluster

/// Every text that is read, as filer 4.48 says it, and those that must not be mistaken for it.
@Suite struct FilerRefusalTests {
  @Test(
    arguments: [
      ("filer: no entry is found in filer store", .notFound),
      ("not found /a/b: filer: no entry is found in filer store", .notFound),
      ("not found /a/b: find /a/b: failed to connect to `host=127.0.0.1`", nil),
      ("filer: no entry is found in filer store, almost", nil),
      ("read only: /a", .readOnly),
      ("update /a: ERROR: cannot execute UPDATE in a read-only transaction (SQLSTATE 25006)", nil),
      ("context deadline exceeded", nil),
      ("", nil),
    ] as [(String, FSError.Code?)])
  func unknownStatus(_ text: String, _ code: FSError.Code?) {
    #expect(FilerRefusal.code(GRPCStatus(.unknown, text)) == code)
  }

  @Test(
    arguments: [
      (.failedPrecondition, .preconditionFailed),
      (.invalidArgument, .invalidArgument), (.outOfRange, .invalidArgument),
      (.permissionDenied, .accessDenied), (.unauthenticated, .accessDenied),
      (.unimplemented, .unsupported), (.dataLoss, .corrupt), (.unavailable, nil),
      (.internalError, nil), (.resourceExhausted, nil), (.aborted, nil), (.cancelled, nil),
      (.deadlineExceeded, nil),
    ] as [(GRPCStatus.Code, FSError.Code?)])
  func otherStatuses(_ status: GRPCStatus.Code, _ code: FSError.Code?) {
    #expect(FilerRefusal.code(GRPCStatus(status, "x")) == code)
  }

  @Test(
    arguments: [
      (1, "", .nameTooLong), (2, "", .notDirectory), (3, "", .isDirectory),
      (4, "", .notDirectory), (5, "", .exists), (6, "precondition failed", .preconditionFailed),
      (0, "insert entry /a: failed to connect", nil), (0, "/a is read only", .readOnly),
      (77, "new code", nil),
      (0, "insert: ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)", nil),
    ] as [(Int, String, FSError.Code?)])
  func createAnswers(_ number: Int, _ text: String, _ code: FSError.Code?) {
    let error = FilerPb_FilerError(rawValue: number) ?? .UNRECOGNIZED(number)
    #expect(FilerRefusal.code(create: error, text) == code)
  }

  @Test(
    arguments: [
      ("fail to delete non-empty folder: /a", .notEmpty),
      ("filer: no entry is found in filer store", .notFound),
      ("find entry /a: failed to connect", nil), ("/a is read only", .readOnly),
      ("delete /a: ERROR: cannot execute DELETE in a read-only transaction (SQLSTATE 25006)", nil),
    ] as [(String, FSError.Code?)])
  func deleteAnswers(_ text: String, _ code: FSError.Code?) {
    #expect(FilerRefusal.code(delete: text) == code)
  }

  @Test(
    arguments: [
      ("/a/b not found: filer: no entry is found in filer store", .notFound),
      ("fail to move /a => /b: filer: no entry is found in filer store", .notFound),
      ("fail to move /a => /b: /b is not empty", .notEmpty), ("/b is not directory", .notDirectory),
      ("insert: existing entry is a directory", .isDirectory),
      ("insert: existing entry is a file", .notDirectory),
      ("source: can not move directory to a subdirectory of itself", .invalidArgument),
      ("begin: failed to connect", nil),
      ("insert: ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)", nil),
      (
        "d move error: fail to move /d => /e: fail to move /d/b => /e/b: insert entry /e/b: "
          + "setHardLink 9764ce5d: kv upsert: driver: bad connection", .crossDevice
      ),
    ] as [(String, FSError.Code?)])
  func renameStatuses(_ text: String, _ code: FSError.Code?) {
    #expect(FilerRefusal.code(rename: GRPCStatus(.unknown, text)) == code)
  }

  @Test(
    arguments: [
      ("failed to find writable volumes for collection: no writable volumes", .noSpace),
      ("no free volumes left for {}", .noSpace), ("/a is read only", .readOnly),
      ("rpc error: raft.Server: Not current leader", nil), ("master is warming up", nil),
    ] as [(String, FSError.Code?)])
  func assignAnswers(_ text: String, _ code: FSError.Code?) {
    #expect(FilerRefusal.code(assign: text) == code)
  }
}
