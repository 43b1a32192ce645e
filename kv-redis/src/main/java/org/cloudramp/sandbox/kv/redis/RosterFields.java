package org.cloudramp.sandbox.kv.redis;

import static org.cloudramp.sandbox.kv.redis.LuaScript.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;

/** The hash of a roster, as {@code commit.lua} writes it. */
final class RosterFields {
  private static final String VERSION = " ";
  private static final String BYTES_OF_STATES = "  ";

  /** Behind the name of a member, of whom the value is the state. */
  private static final String STATE = " ";

  /** Before the name of a member with a session. */
  private static final String SESSION = " ";

  private record Numbered(long number, RosterEntry entry) {}

  private RosterFields() {}

  /**
   * What the fields say.
   *
   * @param fields each name, followed by its value
   * @throws IllegalArgumentException if something else wrote there
   */
  static Roster parse(List<byte[]> fields) {
    long version = 0;
    List<Numbered> members = new ArrayList<>();
    Map<String, RosterSession> sessions = new HashMap<>();
    Map<String, Bytes> states = new HashMap<>();
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      String name = text(fields.get(i));
      byte[] value = fields.get(i + 1);
      if (name.equals(VERSION)) {
        version = Long.parseLong(text(value));
      } else if (name.endsWith(STATE)) {
        if (!name.equals(BYTES_OF_STATES)) {
          states.put(name.substring(0, name.length() - STATE.length()), Bytes.adopt(value));
        }
      } else if (name.startsWith(SESSION)) {
        sessions.put(name.substring(SESSION.length()), session(value));
      } else {
        members.add(member(name, value));
      }
    }
    members.sort(Comparator.comparingLong(Numbered::number));
    return new Roster(
        version,
        members.stream()
            .map(Numbered::entry)
            .map(entry -> with(entry, Optional.ofNullable(sessions.get(entry.member()))))
            .toList(),
        states);
  }

  /** The fields of one member, of which the second may be empty. */
  static List<byte[]> namesOf(String member) {
    return List.of(LuaScript.ascii(member), LuaScript.ascii(SESSION + member));
  }

  /** One member, as the two fields of {@link #namesOf} say. */
  static RosterEntry parse(String member, byte[] value, Optional<byte[]> session) {
    return with(member(member, value).entry(), session.map(RosterFields::session));
  }

  private static RosterEntry with(RosterEntry entry, Optional<RosterSession> session) {
    return session.isEmpty()
        ? entry
        : new RosterEntry(entry.member(), entry.server(), entry.description(), session);
  }

  private static RosterSession session(byte[] value) {
    int key = blank(value, 0) + 1;
    return new RosterSession(
        Bytes.adopt(Arrays.copyOfRange(value, key, value.length)),
        Long.parseLong(text(Arrays.copyOf(value, key - 1))));
  }

  private static Numbered member(String name, byte[] value) {
    int server = blank(value, 0) + 1;
    int description = blank(value, server) + 1;
    return new Numbered(
        Long.parseLong(text(Arrays.copyOf(value, server - 1))),
        new RosterEntry(
            name,
            text(Arrays.copyOfRange(value, server, description - 1)),
            Bytes.adopt(Arrays.copyOfRange(value, description, value.length))));
  }

  private static int blank(byte[] value, int from) {
    for (int i = from; i < value.length; i++) {
      if (value[i] == ' ') {
        return i;
      }
    }
    throw new IllegalArgumentException("a member of a roster is incomplete");
  }
}
