package org.cloudramp.sandbox.api.store.layout;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.ModuleStore;

/**
 * A place for entries, as a folder or a bucket offers it: the part that differs between stores of
 * one layout. Thread-safe, also between processes. Names are those of {@link EntryNames}.
 *
 * <p>Every method may throw {@link StoreException} if the place cannot be asked. Places that were
 * made before services could be listed and deleted refuse to.
 */
public interface Entries {
  /** The longest content that is kept or read, in bytes. */
  int longest();

  /** What messages call an entry. */
  String describe(String name);

  /**
   * The content of an entry, if it is there. The caller may keep the array.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind integrity if what is there
   *     cannot be an entry, for instance because it is longer than {@link #longest}
   */
  Optional<byte[]> read(String name);

  /** Whether there is such an entry; fails as {@link #read} does. */
  boolean has(String name);

  /** Writes an entry of a service, whatever was there: readers see the old content or the new. */
  void write(ServiceId service, String name, byte[] content);

  /**
   * Reads, changes and writes an entry of a service so that nobody else writes in between.
   *
   * @param change gives the new content for the present one, or nothing if there is nothing to
   *     write. Called again, with what is there then, if somebody else was faster; what it throws
   *     ends the update
   * @throws StoreException of kind conflict if others were faster again and again
   */
  void update(ServiceId service, String name, UnaryOperator<Optional<byte[]>> change);

  /** Removes an entry of a service, if it is there. */
  default void remove(ServiceId service, String name) {
    throw new StoreException(
        StoreException.Kind.REFUSED, describe(name) + " cannot be removed by this store");
  }

  /**
   * Removes the binaries of a service, published or not, and what stands beside them: all entries
   * in {@link EntryNames#binaries}.
   */
  default void removeBinaries(ServiceId service) {
    remove(service, EntryNames.binaries(service));
  }

  /** Some of the services that have an entry, as {@link ModuleStore#services} says. */
  default List<ServiceId> services(Optional<ServiceId> after, int most) {
    throw new StoreException(
        StoreException.Kind.REFUSED,
        "the services in " + describe("") + " cannot be listed by this store");
  }
}
