package org.cloudramp.sandbox.server.config;

/** Where the hooks of rooms run: the setting {@code server.delivery}. */
public enum Delivery {
  /** On the loop that carries the room's connections, as long as they are short. */
  LOOP,
  /** On threads of their own, always. */
  WORKERS
}
