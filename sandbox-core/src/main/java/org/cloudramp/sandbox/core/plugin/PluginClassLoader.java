package org.cloudramp.sandbox.core.plugin;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The classes of one plugin's folder. A plugin and the host share the types that they talk to each
 * other with, and nothing else:
 *
 * <ol>
 *   <li>{@code org.cloudramp.sandbox.api}, SLF4J and JSpecify are the host's, even if the folder
 *       has a copy of them.
 *   <li>Everything else comes from the folder, and after that from the JDK.
 *   <li>What the host has besides is not there: a plugin brings its own Guava, of whatever version.
 * </ol>
 *
 * This keeps libraries apart. It is no protection: a plugin runs with all rights of the host.
 */
final class PluginClassLoader extends URLClassLoader {
  static {
    registerAsParallelCapable();
  }

  private static final List<String> SHARED =
      List.of("org.cloudramp.sandbox.api.", "org.slf4j.", "org.jspecify.");

  private final ClassLoader host;

  /**
   * A loader for jars.
   *
   * @param name of the folder, for stack traces
   * @param host where the shared types are
   */
  PluginClassLoader(String name, URL[] jars, ClassLoader host) {
    super("plugin " + name, jars, ClassLoader.getPlatformClassLoader());
    this.host = host;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (SHARED.stream().anyMatch(name::startsWith)) {
      return host.loadClass(name);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded == null) {
        loaded = ownOrOfTheJdk(name);
      }
      if (resolve) {
        resolveClass(loaded);
      }
      return loaded;
    }
  }

  private Class<?> ownOrOfTheJdk(String name) throws ClassNotFoundException {
    if (name.startsWith("java.")) {
      return getParent().loadClass(name); // nobody may define these
    }
    try {
      return findClass(name);
    } catch (ClassNotFoundException absent) {
      return getParent().loadClass(name);
    }
  }

  /** From the folder before the JDK, as with classes. */
  @Override
  public @Nullable URL getResource(String name) {
    URL own = findResource(name);
    return own == null ? getParent().getResource(name) : own;
  }
}
