package org.cloudramp.sandbox.server.metering;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/**
 * What the services have taken since a server started, for a JSON writer.
 *
 * @param start the id of this start of this server; no other has it
 * @param started when that was, as ISO 8601
 * @param time of this report, as ISO 8601
 * @param isFinal whether the server has stopped, and nothing more comes from this start
 * @param services by their names
 * @param others what all others have taken together, under the name {@link #OTHERS}
 */
public record MeteringReport(
    String start,
    String started,
    String time,
    @JsonProperty("final") boolean isFinal,
    List<OfService> services,
    OfService others) {
  /** What is told of services without totals of their own; no service can be called that. */
  static final String OTHERS = "_other";

  /** Copies the list. */
  public MeteringReport {
    services = List.copyOf(services);
  }

  /**
   * What one service has taken.
   *
   * @param hooks calls by what became of them; those that did not happen are not there
   * @param guestMicros how long its guests had a thread: see {@link
   *     org.cloudramp.sandbox.api.hook.HookUsage}
   * @param keysRead that the KV store was asked for
   * @param keysWritten that were put, changed or deleted
   * @param bytesIn of the messages and requests whose hooks have ended
   * @param bytesOut of the messages that were handed to connections, and of answers to requests;
   *     one that goes to many counts for each
   * @param messagesOut how many messages were handed to connections
   * @param uploads that were checked, whether they passed or not
   * @param uploadMicros CPU time of that
   */
  public record OfService(
      String service,
      SortedMap<String, Long> hooks,
      long guestMicros,
      long keysRead,
      long keysWritten,
      long bytesIn,
      long bytesOut,
      long messagesOut,
      long uploads,
      long uploadMicros) {
    /** Lets nobody change the map. */
    public OfService {
      hooks = Collections.unmodifiableSortedMap(hooks);
    }
  }
}
