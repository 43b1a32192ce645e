/** What the person at the terminal can put right. Its message is all that is shown. */
export class UserError extends Error {}
