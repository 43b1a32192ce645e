package org.cloudramp.sandbox.server.config;

/** Which pages for people a server has. What they show and do, its API gives them for a token. */
public enum ServedPages {
  /** The one to look after the server. */
  MONITOR,
  /** That one, and the one to write, publish and try rooms with. */
  PLAYGROUND,
  /** None. */
  NONE
}
