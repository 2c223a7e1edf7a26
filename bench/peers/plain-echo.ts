/** The echo without protobuf: what Piscina loads in its thread, and what Comlink exposes in its own. */
export interface Note {
  readonly number: number;
  readonly data: Uint8Array;
}

export async function echo({ number, data }: Note): Promise<Note> {
  return { number, data };
}
