package org.cloudramp.sandbox.server.rooms;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.http.Answer;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Counts the answers to requests among what waits to be sent ({@link OutgoingBytes}), from the
 * moment in which they are written until the client has taken them: for the service that is in the
 * path, and those of none together. Whoever does not read loses the connection when there is too
 * much.
 */
final class CountedAnswers extends Handler.Wrapper {
  /** What is on nobody's account. */
  private static final Object NOBODY = new Object();

  private static final String OF_SERVICES = Answer.API + "services/";

  private final OutgoingBytes ofAll;

  /**
   * @param handler whose answers are counted
   */
  CountedAnswers(Handler handler, OutgoingBytes ofAll) {
    super(handler);
    this.ofAll = ofAll;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(request, new Counted(request, response), callback);
  }

  private static Object account(Request request) {
    String path = String.valueOf(request.getHttpURI().getCanonicalPath());
    int from =
        path.startsWith(RoomPath.PREFIX)
            ? RoomPath.PREFIX.length()
            : path.startsWith(OF_SERVICES) ? OF_SERVICES.length() : path.length();
    int to = path.indexOf('/', from);
    try {
      return new ServiceId(path.substring(from, to < 0 ? path.length() : to));
    } catch (IllegalArgumentException ofNoService) {
      return NOBODY;
    }
  }

  /** The answer to one request, of which one part is written at a time. */
  private final class Counted extends Response.Wrapper implements Holder {
    private final Object account;
    private final EndPoint endPoint;

    /** Of the part that is being written. */
    private final AtomicInteger bytes = new AtomicInteger();

    private volatile boolean cutOff;

    Counted(Request request, Response wrapped) {
      super(request, wrapped);
      this.account = CountedAnswers.account(request);
      this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    }

    @Override
    public void write(boolean last, ByteBuffer part, Callback callback) {
      int size = part == null ? 0 : part.remaining();
      if (size == 0) {
        super.write(last, part, callback);
        return;
      }
      bytes.set(size);
      ofAll.add(this, size);
      super.write(
          last,
          part,
          Callback.from(
              () -> {
                bytes.set(0);
                ofAll.remove(this, size);
              },
              callback));
    }

    @Override
    public Object account() {
      return account;
    }

    @Override
    public String room() {
      return "";
    }

    @Override
    public String who() {
      return account == NOBODY
          ? "a connection with an unread answer"
          : "a connection with an unread answer of service '%s'".formatted(account);
    }

    @Override
    public long outgoingBytes() {
      int size = bytes.get();
      return size == 0 ? 0 : (long) OutgoingBytes.OVERHEAD + size;
    }

    @Override
    public boolean isClosing() {
      return cutOff;
    }

    @Override
    public boolean isCutOff() {
      return cutOff;
    }

    @Override
    public void makeRoom() {
      cutOff = true;
      endPoint.close();
    }
  }
}
