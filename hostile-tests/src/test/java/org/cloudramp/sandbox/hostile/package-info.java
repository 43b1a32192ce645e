/**
 * What strangers may upload, through the whole sandbox: gate, engine, dispatch.
 *
 * <p>{@link Corpus} holds the inputs, one for each line of the table in {@code docs/security.md};
 * {@link AttackedServer} takes them, with a victim beside the attacker. Classes whose name ends
 * with {@code Measurement} assert little and print figures; they run only when they are named.
 */
@NullMarked
package org.cloudramp.sandbox.hostile;

import org.jspecify.annotations.NullMarked;
