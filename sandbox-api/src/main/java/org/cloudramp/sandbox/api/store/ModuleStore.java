package org.cloudramp.sandbox.api.store;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.Plugin;

/**
 * Keeps the versions of each service, and which of them is live. Thread-safe, also between
 * processes.
 *
 * <ol>
 *   <li>A version is immutable: what {@link #load} returns has the digest that names it.
 *   <li>A reader sees the pointer as it was before or after a change, never half of one.
 *   <li>What is published stays published when another publisher works at the same time.
 * </ol>
 *
 * Every method may throw {@link org.cloudramp.sandbox.api.error.StoreException} if the store cannot
 * be asked.
 */
public interface ModuleStore extends Plugin {
  /** The most services that {@link #services} is asked for at once. */
  int MAX_SERVICES_AT_ONCE = 1_000;

  /**
   * The live version, if the service has one. Cheap: it is asked again and again.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind integrity if the pointer is
   *     there and cannot be read
   */
  Optional<ModuleVersion> current(ServiceId service);

  /**
   * The bytes of a version, as they were published.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found, or of kind integrity
   *     if the bytes do not have the digest
   */
  byte[] load(ModuleVersion version);

  /**
   * Keeps the bytes as a version of the service, without making it live. To publish the same bytes
   * again changes nothing, or repairs what was damaged.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind limit if the store takes no
   *     bytes that many
   */
  ModuleVersion publish(ServiceId service, byte[] wasm);

  /**
   * Keeps beside a published version what says from which place in its source each of its
   * instructions comes, and takes the place of what was kept there before. The store does not look
   * into it, and no engine gets it. It goes with the version.
   *
   * @param sourceMap kept as it is
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if the version is not
   *     published, or of kind limit if the store takes no bytes that many
   * @throws StoreException of kind refused if this store keeps none, as those that were made before
   *     this method was
   */
  default void keepSourceMap(ModuleVersion version, byte[] sourceMap) {
    throw new StoreException(
        StoreException.Kind.REFUSED,
        "the store '%s' keeps no source maps, and so not that of %s; use a version of it that does"
            .formatted(name(), version));
  }

  /**
   * What was last kept by {@link #keepSourceMap}; empty if nothing was, or the version is not
   * published. Unlike a module it has no digest: what is done with it must not depend on its truth.
   */
  default Optional<byte[]> sourceMap(ModuleVersion version) {
    return Optional.empty();
  }

  /**
   * Makes a published version the live one, at once and entirely.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if it is not
   *     published
   * @throws org.cloudramp.sandbox.api.error.StoreException of kind conflict if somebody else moved
   *     the pointer in the meantime, and it does not end up where the caller wants it
   */
  void activate(ServiceId service, Digest digest);

  /**
   * Makes live again what was live before the live version. It is one step: after it, and until
   * another version is activated, there is nothing to go back to. So when several go back from one
   * version, at once or one after the other, none of them brings it back.
   *
   * @return what is live now
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if there is nothing
   *     to go back to, or it is no longer there
   * @throws org.cloudramp.sandbox.api.error.StoreException of kind conflict if somebody else moved
   *     the pointer in the meantime; then this changed nothing
   */
  ModuleVersion rollback(ServiceId service);

  /** The published versions, the last published first; empty for a service it does not know. */
  List<ModuleVersion> versions(ServiceId service);

  /**
   * Some of the services of which it keeps anything, for all that there may be a hundred thousand:
   * ask again with the last one of the answer until the answer is empty. An answer may be shorter
   * than {@code most} and not the last. The order is the store's own and always the same, so a
   * service that is there all the time is seen once, and one that comes or goes meanwhile at most
   * once. A service whose first publication or whose deletion was cut off may be among them, with
   * no {@link #versions}.
   *
   * @param after the last service of the answer before, whether it is still there or not; nothing
   *     to begin
   * @param most how many to answer at most, 1 to {@link #MAX_SERVICES_AT_ONCE}
   * @throws IllegalArgumentException if {@code most} is out of its range
   * @throws StoreException of kind refused if this store cannot tell, as those that were made
   *     before this method was
   */
  default List<ServiceId> services(Optional<ServiceId> after, int most) {
    throw new StoreException(
        StoreException.Kind.REFUSED,
        "the store '%s' cannot list its services; use a version of it that can".formatted(name()));
  }

  /**
   * Removes all that is kept of a service: the pointer first, then the list of its versions, then
   * their bytes and source maps. Afterwards the store does not know the service, and whoever
   * publishes it begins anew. It is no error if it is unknown.
   *
   * <ol>
   *   <li>If this fails, or the process ends on the way, a part is done: if anything is gone, the
   *       service is no longer live. To delete again does the rest.
   *   <li>A reader at the same time sees the service live or not. What it saw live may be not found
   *       when it is loaded.
   *   <li>What is published at the same time goes with the rest, or is a version of a new service
   *       of that name. When both have returned, what {@link #versions} lists can be loaded.
   *   <li>What is activated or rolled back to at the same time is not found, or a conflict, or no
   *       longer live afterwards, unless it was published anew as well.
   * </ol>
   *
   * @throws StoreException of kind refused if this store cannot delete, as those that were made
   *     before this method was; of kind conflict if others published the service again and again
   */
  default void delete(ServiceId service) {
    throw new StoreException(
        StoreException.Kind.REFUSED,
        "the store '%s' cannot delete service '%s'; use a version of it that can"
            .formatted(name(), service));
  }
}
