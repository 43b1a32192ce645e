package org.cloudramp.sandbox.api.store;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
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
}
