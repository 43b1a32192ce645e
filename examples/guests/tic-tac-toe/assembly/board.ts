export enum Mark {
  None,
  X,
  O,
}

export const CELLS = 9;

/** Three cells in a row, three rows: the eight lines that win. */
const LINES: StaticArray<i32> = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, // rows
  0, 3, 6, 1, 4, 7, 2, 5, 8, // columns
  0, 4, 8, 2, 4, 6, //          diagonals
];

export class Board {
  private cells: StaticArray<Mark> = new StaticArray<Mark>(CELLS);

  /** Puts a mark into a free cell. Returns false when it is taken. */
  place(cell: i32, mark: Mark): bool {
    if (this.cells[cell] != Mark.None) return false;
    this.cells[cell] = mark;
    return true;
  }

  winner(): Mark {
    for (let i = 0; i < LINES.length; i += 3) {
      const mark = this.cells[LINES[i]];
      if (mark != Mark.None && mark == this.cells[LINES[i + 1]] && mark == this.cells[LINES[i + 2]]) return mark;
    }
    return Mark.None;
  }

  /** Whether somebody has won, or no cell is free. */
  isOver(): bool {
    return this.winner() != Mark.None || !this.cells.includes(Mark.None);
  }

  toString(): string {
    return this.cells.map<string>((mark) => (mark == Mark.X ? "X" : mark == Mark.O ? "O" : ".")).join("");
  }
}
