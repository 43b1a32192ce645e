package org.cloudramp.sandbox.core.kv;

import java.util.concurrent.CompletionException;
import org.cloudramp.sandbox.api.error.StoreException;

/** What it means that a stage of a KV store has failed. */
public final class KvFailure {
  private KvFailure() {}

  /** What the stage failed with, without what stages wrap around it. */
  public static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** Whether it is no use to ask again: the store refuses, or it is no failure of a store. */
  public static boolean isFinal(Throwable failure) {
    return !(cause(failure) instanceof StoreException typed)
        || typed.kind() == StoreException.Kind.REFUSED
        || typed.kind() == StoreException.Kind.QUOTA;
  }
}
