/** Types of `bun:test` where the package `@types/bun` is not installed: what is used here is the same in Vitest. */
declare module "bun:test" {
  export { describe, expect, it } from "vitest";
}
