/** Loaded late. */
export const shout = (text: string) => `${text.toUpperCase()}!`;
