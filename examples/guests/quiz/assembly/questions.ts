export class Question {
  constructor(
    readonly text: string,
    /** In small letters. */
    readonly answer: string,
  ) {}
}

/** In the order in which they are asked. */
export const QUESTIONS: Question[] = [
  new Question("What is the capital of Australia?", "canberra"),
  new Question("How many legs does a spider have?", "8"),
  new Question("Which planet is nearest to the sun?", "mercury"),
];
