import { Connection, Room, log, room } from "@cloudramp/room";
// What the host's plugin offers; 'npx room bindings' has written it.
import { leaderboard } from "./plugins/leaderboard";
import { QUESTIONS } from "./questions";

/** How long a question may be answered, in milliseconds. */
const TIME: i64 = 20_000;
const MAX_POINTS: i64 = 10;

/**
 * A quiz. Send `start` to begin, an answer to a question, or `top` to see the best.
 *
 * Everybody has one answer to each question, and the sooner it comes the more points it gives. A room runs only when
 * something happens in it, so a question that nobody answers in time is over when the next message comes.
 *
 * The game lives in the room's memory, and may be lost. The points live in the host, which keeps them for all rooms
 * of the service.
 */
export class Quiz extends Room {
  /** Of the question that is asked; -1 while there is no game. */
  private question: i32 = -1;
  private askedAt: i64 = 0;
  private answered: Set<string> = new Set();

  onJoin(who: Connection): void {
    who.send(this.isRunning() ? this.questionText() : "Send 'start' to begin, 'top' to see the best.");
  }

  onMessage(from: Connection, text: string): void {
    const answer = text.trim().toLowerCase();
    if (answer == "top") return this.showBest(from);
    if (!this.isRunning()) {
      if (answer == "start") this.ask(0);
      else from.send("Send 'start' to begin.");
    } else if (room.now - this.askedAt >= TIME) {
      this.giveUp("Time is up");
    } else if (this.answered.has(from.id)) {
      from.send("You have answered already.");
    } else if (answer == QUESTIONS[this.question].answer) {
      this.reward(from);
    } else {
      this.answered.add(from.id);
      from.send("No.");
      if (this.hasEverybodyAnswered()) this.giveUp("Nobody knows");
    }
  }

  onLeave(who: Connection): void {
    if (this.isRunning() && this.hasEverybodyAnswered()) this.giveUp("Nobody knows");
  }

  private isRunning(): bool {
    return this.question >= 0;
  }

  private ask(question: i32): void {
    this.answered.clear();
    this.askedAt = room.now;
    this.question = question < QUESTIONS.length ? question : -1;
    room.broadcast(this.isRunning() ? this.questionText() : "That was the last one. Send 'top' to see the best.");
  }

  private questionText(): string {
    return `${this.question + 1}/${QUESTIONS.length} ${QUESTIONS[this.question].text}`;
  }

  private reward(winner: Connection): void {
    const points = <i32>(MAX_POINTS - ((MAX_POINTS - 1) * (room.now - this.askedAt)) / TIME);
    // The game goes on without a leaderboard. The points are there when this hook has succeeded.
    const added = leaderboard.tryAdd(winner.id, points);
    if (!added.ok) log.warn(`${winner.id} did not get ${points} points: ${added.error!.message}`);
    room.broadcast(`${winner.id} knows it: ${points} points`);
    this.ask(this.question + 1);
  }

  private giveUp(reason: string): void {
    room.broadcast(`${reason}. The answer is ${QUESTIONS[this.question].answer}.`);
    this.ask(this.question + 1);
  }

  private hasEverybodyAnswered(): bool {
    const members = room.connections();
    for (let i = 0; i < members.length; i++) {
      if (!this.answered.has(members[i].id)) return false;
    }
    return members.length > 0;
  }

  private showBest(to: Connection): void {
    const best = leaderboard.tryTop(3);
    to.send(best.ok ? `The best: ${best.value.join(", ")}` : "The leaderboard does not answer.");
  }
}
