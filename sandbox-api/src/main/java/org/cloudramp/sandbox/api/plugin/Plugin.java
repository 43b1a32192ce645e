package org.cloudramp.sandbox.api.plugin;

import java.util.List;
import org.cloudramp.sandbox.api.Experimental;

/**
 * Something a jar adds: an engine, a module store, a KV store, or host functions.
 *
 * <p>Implementations have a public constructor without parameters and are listed for {@link
 * java.util.ServiceLoader}; a host may also make one itself and hand it over. The framework
 * promises:
 *
 * <ol>
 *   <li>The constructor may run for a plugin that is not chosen, so it does nothing but assign
 *       fields.
 *   <li>{@link #name()} may be called at any time and always answers the same.
 *   <li>{@link #start} is called once, before any other method but {@code name} and those that
 *       describe the plugin, on one thread; and again only after a failure for which the plugin
 *       {@linkplain #mayStartAgain() allows} it.
 *   <li>Everything that {@code start} wrote is visible to the threads that call the plugin later.
 *   <li>{@link #close} is called once, after the last other call has returned; also when {@code
 *       start} failed.
 * </ol>
 *
 * Between start and close, methods are called by many threads at once unless the type says
 * otherwise.
 */
public interface Plugin extends AutoCloseable {
  /**
   * What the settings call this plugin: {@code [a-z][a-zA-Z0-9]{0,31}}. For host functions it is
   * also the module that guests import from.
   */
  String name();

  /**
   * The settings that {@link #start} reads. If there are any, the host refuses all others by name
   * before the start; otherwise, after it, those that nobody has read.
   */
  @Experimental
  default List<Setting<?>> declaredSettings() {
    return List.of();
  }

  /**
   * Gets ready to work.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if a setting is missing or wrong
   * @throws org.cloudramp.sandbox.api.error.StoreException if something outside is needed and
   *     absent
   */
  default void start(PluginContext context) {}

  /**
   * Whether {@link #start} may be called again after it failed because something outside could not
   * be reached: with a {@link org.cloudramp.sandbox.api.error.StoreException} of kind unavailable
   * or time-out. A host that is starting then waits and tries again, so that it may be started
   * together with what it needs. Allow it if a start that fails leaves nothing open.
   */
  @Experimental
  default boolean mayStartAgain() {
    return false;
  }

  /** Lets go of everything. Idempotent; works after a start that failed; does not throw. */
  @Override
  default void close() {}
}
