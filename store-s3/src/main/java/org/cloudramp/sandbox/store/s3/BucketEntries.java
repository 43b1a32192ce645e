package org.cloudramp.sandbox.store.s3;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.layout.Entries;
import org.cloudramp.sandbox.api.store.layout.EntryNames;
import org.cloudramp.sandbox.store.s3.Bucket.Entry;

/** The objects of a bucket as entries. Pointers are remembered, and read only if they changed. */
final class BucketEntries implements Entries {
  private static final int MAX_ATTEMPTS = 40;
  private static final int MAX_PAUSE_MILLIS = 100;

  private final Bucket bucket;

  /** One for each service that has a pointer and was asked for. */
  private final ConcurrentMap<String, Entry> pointers = new ConcurrentHashMap<>();

  BucketEntries(Bucket bucket) {
    this.bucket = bucket;
  }

  @Override
  public int longest() {
    return Bucket.MAX_OBJECT;
  }

  @Override
  public String describe(String name) {
    return bucket.describe(name);
  }

  @Override
  public Optional<byte[]> read(String name) {
    if (!EntryNames.isPointer(name)) {
      return bucket.get(name).map(entry -> entry.content().toArray());
    }
    Entry known = pointers.get(name);
    Optional<Entry> entry = known == null ? bucket.get(name) : bucket.getAgain(name, known);
    entry.ifPresentOrElse(found -> pointers.put(name, found), () -> pointers.remove(name));
    return entry.map(found -> found.content().toArray());
  }

  @Override
  public boolean has(String name) {
    return bucket.has(name);
  }

  @Override
  public void write(ServiceId service, String name, byte[] content) {
    bucket.put(name, content);
  }

  @Override
  public void update(ServiceId service, String name, UnaryOperator<Optional<byte[]>> change) {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      Optional<Entry> before = bucket.get(name);
      Optional<byte[]> after = change.apply(before.map(entry -> entry.content().toArray()));
      if (after.isEmpty() || bucket.replace(name, before, after.get())) {
        return;
      }
      letOthersGoFirst(service, attempt);
    }
    throw new StoreException(
        StoreException.Kind.CONFLICT,
        "others changed %s each of %d times that the store 's3' tried to; try again"
            .formatted(describe(name), MAX_ATTEMPTS));
  }

  @Override
  public void remove(ServiceId service, String name) {
    bucket.remove(name);
    pointers.remove(name);
  }

  @Override
  public void removeBinaries(ServiceId service) {
    bucket.removeAll(EntryNames.binaries(service));
  }

  /** In the order of the bucket, in which {@code a-b} comes before {@code a}. */
  @Override
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    return bucket.folders(after.map(ServiceId::value), EntryNames::service, most);
  }

  private static void letOthersGoFirst(ServiceId service, int attempt) {
    int longest = Math.min(MAX_PAUSE_MILLIS, 10 * attempt);
    try {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(longest));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store 's3' was interrupted while it changed %s".formatted(service),
          e);
    }
  }
}
