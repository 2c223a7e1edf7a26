/** Reads what an exposition in the classic format says. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function readSamples(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const { name, labels = "", value } = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/.exec(line)?.groups ?? {};
    if (name === undefined) continue;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", text = ""]) => [key, text]);
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
  }
  return samples;
}

/** The values of the series that have at least these labels, by another label of theirs. */
export function valuesBy(
  text: string,
  name: string,
  label: string,
  having: Readonly<Record<string, string>> = {},
): Record<string, number> {
  const samples = readSamples(text).filter(
    (sample) => sample.name === name && Object.entries(having).every(([key, value]) => sample.labels[key] === value),
  );
  const values: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const key = labels[label] ?? "";
    values[key] = (values[key] ?? 0) + value;
  }
  return values;
}
