import SwfsCore
import SwfsProto
import SwiftProtobuf

/// Takes the messages of an event stream apart. A value without I/O.
struct EventDecoder {
  enum Item: Equatable {
    case heartbeat
    case progress
    case change
    /// Something changed, but nobody can say what.
    case corrupt(String)
  }

  /// What a message says.
  struct Decoded {
    var items: [Item] = []
    var changes: [ChangeEvent] = []
    /// Newest filer time in it; 0 when it has none.
    var timestampNanoseconds: Int64 = 0
  }

  static func decode(_ bytes: [UInt8]) -> Decoded {
    var result = Decoded()
    do {
      add(try FilerPb_SubscribeMetadataResponse(serializedBytes: bytes), &result, depth: 0)
    } catch {
      result.items.append(.corrupt("the event does not decode: \(error)"))
    }
    return result
  }

  private static func add(
    _ message: FilerPb_SubscribeMetadataResponse, _ result: inout Decoded, depth: Int
  ) {
    // A batch holds events; one inside another would be nonsense.
    if depth < 2 {
      for event in message.events { add(event, &result, depth: depth + 1) }
    }
    guard message.hasEventNotification else {
      if message.events.isEmpty { result.items.append(.heartbeat) }
      return
    }
    result.timestampNanoseconds = max(result.timestampNanoseconds, message.tsNs)
    let notification = message.eventNotification
    guard notification.hasOldEntry || notification.hasNewEntry else {
      return result.items.append(.progress)
    }
    guard message.directory.hasPrefix("/") else {
      return result.items.append(.corrupt("an event in directory '\(message.directory)'"))
    }
    let directory = EntryPath(unchecked: message.directory)
    let moved = notification.newParentPath
    result.items.append(.change)
    result.changes.append(
      ChangeEvent(
        directory: directory,
        oldEntry: notification.hasOldEntry ? Entry(notification.oldEntry) : nil,
        newEntry: notification.hasNewEntry ? Entry(notification.newEntry) : nil,
        newDirectory: moved.hasPrefix("/") ? EntryPath(unchecked: moved) : directory,
        timestampNanoseconds: message.tsNs))
  }
}
