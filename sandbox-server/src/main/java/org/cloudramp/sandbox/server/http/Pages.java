package org.cloudramp.sandbox.server.http;

import org.cloudramp.sandbox.server.config.ServedPages;
import org.eclipse.jetty.http.CompressedContentFormat;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.content.CachingHttpContentFactory;
import org.eclipse.jetty.http.content.HttpContent;
import org.eclipse.jetty.http.content.PreCompressedHttpContentFactory;
import org.eclipse.jetty.http.content.ResourceHttpContentFactory;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.resource.ResourceFactory;

/**
 * The pages for people: the playground at {@code /} and the monitor at {@code /monitor}, from the
 * jar that the module {@code playground} makes. Each has a folder of its own; what is in it beside
 * {@code index.html} has a digest in its name, and never changes.
 */
public final class Pages extends Handler.Sequence {
  private static final String PLAYGROUND = "/playground/";
  private static final String MONITOR = "/monitor/";
  private static final String INDEX = "index.html";
  private static final String COMPILER = PLAYGROUND + "compiler-";

  /**
   * A worker has the policy that comes with its script: this one may compile WebAssembly, which the
   * page may not, and reach nothing, which the page may. A part of it is data within itself.
   */
  private static final String POLICY_OF_COMPILER =
      "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src data:";

  private final ServedPages pages;
  // Not to be asked for again by its date: in a jar that is built to be the same, all dates are.
  private final Handler fresh = files("no-store");
  private final Handler forEver = files("public, max-age=31536000, immutable");

  /**
   * @param pages which there are; the paths of others are left to whoever comes next
   */
  public Pages(ServedPages pages) {
    this.pages = pages;
    setHandlers(fresh, forEver);
  }

  /** Whether a path can be that of a page, or of a part of one. */
  public static boolean isPage(String path) {
    return path.equals("/")
        || path.equals("/monitor")
        || path.startsWith(MONITOR)
        || path.startsWith(PLAYGROUND);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (pages == ServedPages.NONE) {
      return false;
    }
    String path = Request.getPathInContext(request);
    boolean hasPlayground = pages == ServedPages.PLAYGROUND;
    if (path.equals("/")) {
      if (hasPlayground) {
        return page(PLAYGROUND, request, response, callback);
      }
      Response.sendRedirect(request, response, callback, "/monitor");
      return true;
    }
    if (path.equals("/monitor")) {
      return page(MONITOR, request, response, callback);
    }
    boolean isThere = path.startsWith(MONITOR) || (path.startsWith(PLAYGROUND) && hasPlayground);
    if (!isThere || path.endsWith("/") || path.endsWith(INDEX)) {
      return false;
    }
    if (path.startsWith(COMPILER)) {
      response.getHeaders().put(SecurityHeaders.POLICY, POLICY_OF_COMPILER);
    }
    return forEver.handle(request, response, callback);
  }

  private boolean page(String folder, Request request, Response response, Callback callback)
      throws Exception {
    HttpURI index = HttpURI.build(request.getHttpURI()).path(folder + INDEX).asImmutable();
    return fresh.handle(Request.serveAs(request, index), response, callback);
  }

  private static Handler files(String cacheControl) {
    ResourceHandler files = new Files();
    files.setBaseResource(ResourceFactory.of(files).newClassLoaderResource("pages"));
    files.setPrecompressedFormats(CompressedContentFormat.BR, CompressedContentFormat.GZIP);
    files.setDirAllowed(false);
    files.setCacheControl(cacheControl);
    return files;
  }

  /** Keeps in memory what is small: of the compiler, only what browsers ask for. */
  private static final class Files extends ResourceHandler {
    private static final int MAX_KEPT_FILE = 4 << 20;

    @Override
    protected HttpContent.Factory newHttpContentFactory(ByteBufferPool.Sized pool) {
      HttpContent.Factory files =
          new ResourceHttpContentFactory(getBaseResource(), getMimeTypes(), pool);
      CachingHttpContentFactory kept =
          new CachingHttpContentFactory(
              new PreCompressedHttpContentFactory(files, getPrecompressedFormats()), pool);
      kept.setMaxCachedFileSize(MAX_KEPT_FILE);
      return kept;
    }
  }
}
