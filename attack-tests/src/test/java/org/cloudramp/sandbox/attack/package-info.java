/**
 * What all of them together may take: a real server in a JVM of its own with a heap of 512 MB, many
 * strangers who attack it at once, and somebody else's room, whose people must not notice.
 *
 * <p>Each family of attacks has a class, such as {@link ImagesTest}; a test is an {@link Attack}.
 * {@link SurvivalTest} says what must hold in each. {@link ServerUnderAttack} is the process,
 * {@link Bystanders} are the people in the other room, in a process of their own so that nothing
 * but the server and the machine can make them wait, and {@link Machine} tells these two apart.
 * {@link Siege} is what attackers do, {@link Crowd} their sockets, {@link Modules} what they
 * upload.
 *
 * <p>Knows the server's jar, its settings and its protocol; must not know its classes. The short
 * form runs with the build's {@code verify}; {@code docs/security.md} has the commands for the
 * rest.
 */
@NullMarked
package org.cloudramp.sandbox.attack;

import org.jspecify.annotations.NullMarked;
