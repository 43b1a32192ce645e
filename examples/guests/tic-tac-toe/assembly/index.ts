import { Connection, Room, refuse, room } from "@cloudramp/room";
import { Board, CELLS, Mark } from "./board";

/** The close code for the third: a client shows that the table is taken, and does not try again. */
const FULL: i32 = 4010;

/**
 * Tic-tac-toe for two. A player sends the number of a cell, 0 to 8; everybody is sent the board after each move:
 * nine characters, and what is next, such as `X.O...... X's turn` or `XXXOO.... X wins`.
 *
 * The game lives in the room's memory: it is over when both have gone, so nothing of it has to last.
 */
export class TicTacToe extends Room {
  private board: Board = new Board();
  private x: string = "";
  private o: string = "";
  private turn: Mark = Mark.X;

  /** The third is turned away. */
  onJoin(who: Connection): bool {
    if (this.x == "") this.x = who.id;
    else if (this.o == "") this.o = who.id;
    else return refuse(FULL, "two are playing here already");
    who.send(`you are ${this.markOf(who) == Mark.X ? "X" : "O"}`);
    if (this.isComplete()) this.start();
    return true;
  }

  onMessage(from: Connection, text: string): void {
    const mark = this.markOf(from);
    const cell = cellOf(text);
    if (!this.isComplete()) from.send("wait for the other player");
    else if (this.board.isOver()) this.start();
    else if (mark != this.turn) from.send("it is not your turn");
    else if (cell < 0 || !this.board.place(cell, mark)) from.send("choose a free cell, 0 to 8");
    else {
      this.turn = mark == Mark.X ? Mark.O : Mark.X;
      this.show();
    }
  }

  onLeave(who: Connection): void {
    if (who.id == this.x) this.x = "";
    else this.o = "";
    room.broadcast("the other player has left");
  }

  private start(): void {
    this.board = new Board();
    this.turn = Mark.X;
    this.show();
  }

  private show(): void {
    room.broadcast(`${this.board.toString()} ${this.standing()}`);
  }

  private standing(): string {
    const winner = this.board.winner();
    if (winner != Mark.None) return winner == Mark.X ? "X wins" : "O wins";
    if (this.board.isOver()) return "nobody wins";
    return this.turn == Mark.X ? "X's turn" : "O's turn";
  }

  private isComplete(): bool {
    return this.x != "" && this.o != "";
  }

  private markOf(who: Connection): Mark {
    return who.id == this.x ? Mark.X : Mark.O;
  }
}

/** The cell that a message names, or -1. */
function cellOf(text: string): i32 {
  if (text.length != 1) return -1;
  const cell = text.charCodeAt(0) - 48; // the code of "0"
  return cell >= 0 && cell < CELLS ? cell : -1;
}
