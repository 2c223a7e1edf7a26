/** The gas price source of feeds whose contract sees the gas price itself: the one that `src/loop` has. */
export { zeroDataSource } from "../../loop/data-source/zero.ts";
