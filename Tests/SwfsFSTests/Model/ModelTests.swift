import Glibc
import SwfsTestKit
import Testing

/// Random operations against the reference model: whatever happens, the file system holds what POSIX
/// says, and so does a new mount of the same cluster.
///
/// `SWFS_TEST_SEED` repeats a run, `SWFS_TEST_MODEL_STEPS` makes it longer, `SWFS_TEST_MODEL_LEAKS=1`
/// also wants every needle freed that nobody refers to (else `volume.fsck` finds them).
/// `SWFS_TEST_MODEL_VERIFY=1` looks at everything after each step.
@Suite struct ModelTests {
  private let steps = getenv("SWFS_TEST_MODEL_STEPS").flatMap { Int(String(cString: $0)) } ?? 1500
  private let checksLeaks = getenv("SWFS_TEST_MODEL_LEAKS") != nil

  @Test(arguments: [1, 2, 3])
  func oneMountDoesWhatTheModelDoes(run: UInt64) throws {
    try withSeededRandom("one mount, run \(run)") { random in
      try ModelRun(
        mounts: 1, chunkBytes: 64, manifestBatch: 10_000, checksLeaks: checksLeaks, random: random
      )
      .run(steps: steps)
    }
  }

  /// Small manifest batches: most files get manifests, nested where they grow further.
  @Test func filesWithManifestsDoWhatTheModelDoes() throws {
    try withSeededRandom("manifests") { random in
      try ModelRun(
        mounts: 1, chunkBytes: 32, manifestBatch: 6, checksLeaks: checksLeaks, random: random
      ).run(steps: steps)
    }
  }

  /// Two mounts take turns; each must see at once what the other has closed.
  @Test func mountsThatTakeTurnsDoWhatTheModelDoes() throws {
    try withSeededRandom("two mounts") { random in
      try ModelRun(
        mounts: 2, chunkBytes: 64, manifestBatch: 10_000, checksLeaks: checksLeaks, random: random
      )
      .run(steps: steps)
    }
  }
}
