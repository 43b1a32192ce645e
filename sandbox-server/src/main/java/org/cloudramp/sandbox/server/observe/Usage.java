package org.cloudramp.sandbox.server.observe;

/**
 * How much of a budget is in use.
 *
 * @param used now
 * @param limit what there is
 */
public record Usage(long used, long limit) {}
