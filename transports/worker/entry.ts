/** What the thread loads: Piscina calls the function that its task names. */
export { runGuest } from "./guest.ts";
