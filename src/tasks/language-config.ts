import { configFormat } from "../errors.js";
import { readJsonObject } from "../train/index.js";
import { type CompleteLanguageOptions, completeLanguageOptions, type LanguageOptions } from "./language-options.js";

/** Which text a run was trained on. */
export interface TextIdentity {
  /** Where it came from, in words or as a path. */
  readonly source: string;
  /** Characters N. */
  readonly characters: number;
  /** `textFingerprint` of it. */
  readonly fingerprint: string;
}

/** What `config.json` of a run holds. */
export interface LanguageConfig {
  readonly format: "hiddenstate.config";
  readonly version: 1;
  readonly task: "language";
  readonly options: CompleteLanguageOptions;
  readonly text: TextIdentity;
  /** A text of its own to validate on, if one was given. */
  readonly valid?: TextIdentity;
}

/**
 * Read `config.json`.
 *
 * @throws E_RUN_VERSION for another version; E_CONFIG for another format or task; the errors of
 *   `completeLanguageOptions`
 */
export function readLanguageConfig(bytes: Uint8Array): LanguageConfig {
  return languageConfigOf(readJsonObject("config.json", bytes));
}

/** As `readLanguageConfig`, from the object that `config.json` is. */
export function languageConfigOf(json: Readonly<Record<string, unknown>>): LanguageConfig {
  const { format, version, task, options } = json;
  if (format !== "hiddenstate.config") throw configFormat("format", format, "hiddenstate.config");
  if (version !== 1) throw configFormat("version", version, "1");
  if (task !== "language") throw configFormat("task", task, "language");
  const text = textIdentityOf("text", json.text);
  const held = json.valid === undefined ? {} : { valid: textIdentityOf("valid", json.valid) };
  return { format, version, task, options: completeLanguageOptions((options ?? {}) as LanguageOptions), text, ...held };
}

function textIdentityOf(field: string, json: unknown): TextIdentity {
  const { source, characters, fingerprint } = (json ?? {}) as Partial<TextIdentity>;
  if (typeof source !== "string" || typeof characters !== "number" || typeof fingerprint !== "string") {
    throw configFormat(field, JSON.stringify(json), "{ source, characters, fingerprint }");
  }
  return { source, characters, fingerprint };
}
