package org.cloudramp.sandbox.core.plugin;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.jar.JarFile;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where plugins are: on the class path, and in a folder that holds a folder for each of them,
 * {@code <folder>/<any name>/*.jar}. Those of one such folder share a class loader; those of two
 * see nothing of each other. A folder that cannot be read matters only if a plugin is asked for
 * that cannot be found. Thread-safe.
 */
public final class PluginJars implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PluginJars.class);

  private final ClassLoader classPath;
  private final List<URLClassLoader> folders = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  /**
   * Opens the jars.
   *
   * @param classPath what the host itself was loaded from
   * @param folder that holds the folders, if there is one
   * @throws ConfigurationException if it is no folder
   */
  public PluginJars(ClassLoader classPath, Optional<Path> folder) {
    this.classPath = classPath;
    folder.ifPresent(this::open);
  }

  private void open(Path folder) {
    for (Path entry : contentOf(folder)) {
      if (Files.isDirectory(entry)) {
        openPlugin(entry);
      } else if (isJar(entry)) {
        broken(
            "%s must be in a folder of its own, such as %s"
                .formatted(entry, folder.resolve("name").resolve(entry.getFileName())));
      }
    }
  }

  private void openPlugin(Path folder) {
    try {
      List<URL> jars = new ArrayList<>();
      for (Path jar : contentOf(folder)) {
        if (isJar(jar)) {
          requireReadable(jar); // a class loader would pass over it in silence
          jars.add(url(jar));
        }
      }
      if (jars.isEmpty()) {
        broken("%s holds no jar".formatted(folder));
        return;
      }
      folders.add(
          new PluginClassLoader(
              String.valueOf(folder.getFileName()), jars.toArray(URL[]::new), classPath));
    } catch (IOException e) {
      broken("%s cannot be used: %s".formatted(folder, e.getMessage()));
    }
  }

  private void broken(String what) {
    log.warn("plugins: {}", what);
    broken.add(what);
  }

  /**
   * What the jars offer of one kind.
   *
   * @param setting the setting that chooses among them, for messages
   */
  public <P extends Plugin> PluginCatalogue<P> offering(Class<P> type, String setting) {
    List<ClassLoader> loaders = new ArrayList<>();
    loaders.add(classPath);
    loaders.addAll(folders);
    return new PluginCatalogue<>(type, setting, loaders, broken);
  }

  private static List<Path> contentOf(Path folder) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      TreeSet<Path> sorted = new TreeSet<>(); // so that every start sees the same order
      entries.forEach(sorted::add);
      return List.copyOf(sorted);
    } catch (IOException e) {
      throw new ConfigurationException(
          "setting 'plugins': '%s' is not a folder that can be read".formatted(folder), e);
    }
  }

  private static boolean isJar(Path file) {
    return String.valueOf(file.getFileName()).endsWith(".jar");
  }

  private static void requireReadable(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      file.getManifest();
    } catch (IOException e) {
      throw new IOException("%s: %s".formatted(jar.getFileName(), e.getMessage()), e);
    }
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException("a path has no URL: " + jar, e);
    }
  }

  /**
   * Closes the jars. Plugins are closed before: they may need further classes to end. Idempotent.
   */
  @Override
  public void close() {
    for (URLClassLoader folder : folders) {
      try {
        folder.close();
      } catch (IOException e) {
        log.warn("the jars of {} could not be closed", folder.getName(), e);
      }
    }
  }
}
