package org.cloudramp.sandbox.server.http;

import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.resource.ResourceFactory;

/** The page to try rooms with: the files of this jar's folder {@code page}. */
public final class Page {
  private Page() {}

  /** A handler that serves the files. */
  public static Handler handler() {
    ResourceHandler files = new ResourceHandler();
    files.setBaseResource(ResourceFactory.of(files).newClassLoaderResource("page"));
    files.setDirAllowed(false);
    files.setEtags(true);
    files.setCacheControl("no-cache");
    return files;
  }
}
