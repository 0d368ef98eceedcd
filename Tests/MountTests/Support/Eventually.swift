import SwfsCore

/// Looks until the condition holds, for things that have to travel through the cluster.
///
/// - Returns: false when it did not hold within the time.
func eventually(seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Deadline(secondsFromNow: seconds)
  while !deadline.hasPassed {
    if try condition() { return true }
    pause(seconds: 0.01)
  }
  return try condition()
}
