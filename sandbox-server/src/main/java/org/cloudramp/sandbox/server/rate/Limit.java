package org.cloudramp.sandbox.server.rate;

import java.util.Locale;

/** What can be limited, of whom. Each has a setting. */
public enum Limit {
  /** Messages that one connection sends. */
  MESSAGES_PER_CONNECTION(What.MESSAGES, Whose.CONNECTION),
  /** Messages of all connections of one user. */
  MESSAGES_PER_USER(What.MESSAGES, Whose.USER),
  /** Messages of all connections from one address. */
  MESSAGES_PER_ADDRESS(What.MESSAGES, Whose.ADDRESS),
  /** Messages to all rooms of one service. */
  MESSAGES_PER_SERVICE(What.MESSAGES, Whose.SERVICE),
  /** Bytes of these. */
  BYTES_PER_CONNECTION(What.BYTES, Whose.CONNECTION),
  /** Bytes of these. */
  BYTES_PER_USER(What.BYTES, Whose.USER),
  /** Bytes of these. */
  BYTES_PER_ADDRESS(What.BYTES, Whose.ADDRESS),
  /** Bytes of these. */
  BYTES_PER_SERVICE(What.BYTES, Whose.SERVICE),
  /** Joins of one user, of whatever rooms. */
  JOINS_PER_USER(What.JOINS, Whose.USER),
  /** Joins from one address, of whatever rooms, let in or not. */
  JOINS_PER_ADDRESS(What.JOINS, Whose.ADDRESS),
  /** Joins of rooms of one service. */
  JOINS_PER_SERVICE(What.JOINS, Whose.SERVICE);

  /** What is counted. */
  public enum What {
    /** Messages of clients, whole. */
    MESSAGES,
    /** The content of messages. */
    BYTES,
    /** Attempts to join a room. */
    JOINS;

    /** As in names of settings and labels of metrics. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whose it is. */
  public enum Whose {
    /** A connection's. */
    CONNECTION,
    /** That of all connections of one user. */
    USER,
    /** That of all connections from one address. */
    ADDRESS,
    /** That of all connections to one service. */
    SERVICE;

    /** As in names of settings and labels of metrics. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final What what;
  private final Whose whose;

  Limit(What what, Whose whose) {
    this.what = what;
    this.whose = whose;
  }

  /** What is limited. */
  public What what() {
    return what;
  }

  /** Of whom. */
  public Whose whose() {
    return whose;
  }

  /** Its setting below {@code sandbox.server.}. */
  String setting() {
    String name = whose.toString();
    return "rates."
        + what
        + "Per"
        + name.substring(0, 1).toUpperCase(Locale.ROOT)
        + name.substring(1);
  }
}
