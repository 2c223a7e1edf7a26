/** The settings of OCR2 that the config sets for all jobs, and a job for itself. */
import { type BoundedSetting, checkLocalSetting, type LocalConfig } from "../ocr2/config/local-config.ts";
import { errorText } from "../values/error-text.ts";

/**
 * Reads the settings that are present, and checks their bounds.
 * @param keys the setting that each key sets
 * @param developmentMode lifts the bounds
 * @param tell called with each key that is wrong
 */
export function readLocalSettings<const Keys extends Readonly<Record<string, BoundedSetting>>>(
  keys: Keys,
  values: { readonly [Key in keyof Keys]?: number | undefined },
  developmentMode: boolean,
  tell: (path: readonly [string], message: string) => void,
): Partial<LocalConfig> {
  const found: { [Name in BoundedSetting]?: number } = {};
  for (const [key, name] of Object.entries(keys)) {
    const value = values[key];
    if (value === undefined) continue;
    try {
      checkLocalSetting(name, value, developmentMode);
      found[name] = value;
    } catch (error) {
      tell([key], errorText(error));
    }
  }
  return found;
}
