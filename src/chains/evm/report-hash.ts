/** What oracles sign and EVM contracts check: the hash of a report in its context. */
import { concat, keccak256 } from "viem/utils";
import type { ReportContext } from "../../loop/types.ts";
import { reportContextWords } from "../report-context.ts";

/** keccak256 of keccak256(report) and the three context words. There is no "Ethereum signed message" prefix. */
export function evmReportHash(context: ReportContext, report: Uint8Array): Uint8Array {
  return hashWithContextWords(reportContextWords(context), report);
}

/** The same from the words, as a contract gets them in its call. */
export function hashWithContextWords(words: readonly Uint8Array[], report: Uint8Array): Uint8Array {
  return keccak256(concat([keccak256(report, "bytes"), ...words]), "bytes");
}
