/**
 * What rooms did, kept so that it can be done again elsewhere: for the rooms of services whose
 * operator wants it, a ring of the last hooks with all that they were told and all that they
 * answered, and the file that a ring is handed out as ({@code docs/recording.md}).
 *
 * <p>Knows guest ABI 1 as bytes: events, requests, responses, the state of an instance. Must not
 * know what a host function means, who is in a room, how a hook is run or committed, or who asks
 * for a recording.
 */
@NullMarked
package org.cloudramp.sandbox.core.recording;

import org.jspecify.annotations.NullMarked;
