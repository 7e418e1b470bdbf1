/** A bundle whose class has the wrong name: what an author sees. */
export class Agnet {}
export const answer = 42;
