package org.cloudramp.sandbox.server.observe;

/**
 * What has become of the spans of traces.
 *
 * @param sent that the collector has taken
 * @param dropped because too many waited for it
 * @param lost on the way: the collector was away, or has refused them
 */
public record SpanCounts(long sent, long dropped, long lost) {
  /** There were none. */
  public static final SpanCounts NONE = new SpanCounts(0, 0, 0);
}
