/**
 * An application that uses the published package: a folder whose node_modules holds what npm would install, and nothing
 * of this checkout. Its programs are bundled with rolldown as it comes, so that what needs configuring fails here.
 */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const LIMIT_MS = 60_000;

export class Consumer {
  readonly folder = mkdtempSync(join(tmpdir(), "hiddenstate-consumer-"));
  /** What a web server would serve. */
  readonly site = join(this.folder, "site");

  constructor() {
    const installed = join(this.folder, "node_modules/hiddenstate");
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      files: string[];
      dependencies: Readonly<Record<string, string>>;
    };
    if (!existsSync(join(ROOT, "dist/index.js"))) throw new Error("dist is missing: run `npm run build` first");
    for (const path of ["package.json", ...manifest.files]) {
      if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(installed, path), { recursive: true });
    }
    for (const name of Object.keys(manifest.dependencies)) {
      cpSync(join(ROOT, "node_modules", name), join(this.folder, "node_modules", name), { recursive: true });
    }
    writeFileSync(
      join(this.folder, "package.json"),
      JSON.stringify({ name: "consumer", private: true, type: "module" }),
    );
    mkdirSync(this.site);
    for (const name of readdirSync(HERE)) {
      if (name.endsWith(".ts") && !name.endsWith(".test.ts")) cpSync(join(HERE, name), join(this.folder, "app", name));
    }
  }

  /** Bundle programs for browsers into `site`, each to a file of its name, and a page that loads the one named. */
  async bundleSite(page: string, ...others: string[]): Promise<void> {
    for (const entry of [page, ...others]) {
      const build = await rolldown({ cwd: this.folder, input: `app/${entry}.ts`, logLevel: "warn", onLog: refuse });
      await build.write({ dir: this.site });
      await build.close();
    }
    const html = `<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="${page}.js"></script>`;
    writeFileSync(join(this.site, "index.html"), html);
    writeFileSync(join(this.site, "favicon.ico"), "");
  }

  /** Copy the file of a package export into `site`, as its users are told to. */
  publish(specifier: string, name: string): void {
    const resolve = createRequire(join(this.folder, "package.json")).resolve;
    cpSync(resolve(specifier), join(this.site, name));
  }

  /** Make a program for Node that imports the installed package; returns its path. */
  async nodeProgram(entry: string): Promise<string> {
    const external = (id: string): boolean => id.startsWith("hiddenstate") || id.startsWith("node:");
    const build = await rolldown({
      cwd: this.folder,
      input: `app/${entry}.ts`,
      platform: "node",
      external,
      onLog: refuse,
    });
    await build.write({ dir: this.folder });
    await build.close();
    return join(this.folder, `${entry}.js`);
  }

  /** Run a program and read the JSON that it prints. */
  async runJson<Result>(node: string, program: string, argument: object): Promise<Result> {
    const { stdout } = await promisify(execFile)(node, [program, JSON.stringify(argument)], {
      cwd: this.folder,
      timeout: LIMIT_MS,
      maxBuffer: 2 ** 24,
    });
    return JSON.parse(stdout) as Result;
  }

  /** Compile a file of test/types against the installed package; returns what the compiler says. */
  async typecheck(file: string, compilerOptions: object): Promise<string> {
    cpSync(join(ROOT, "test/types", file), join(this.folder, file));
    const config = {
      compilerOptions: { ...compilerOptions, typeRoots: [join(ROOT, "node_modules/@types")] },
      files: [file],
    };
    writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(config));
    const args = [join(ROOT, "node_modules/@typescript/native/bin/tsc"), "--project", this.folder, "--pretty", "false"];
    const run = promisify(execFile)(process.execPath, args, { cwd: this.folder, timeout: LIMIT_MS });
    return run.then(
      ({ stdout }) => stdout,
      (error: { stdout?: string }) => error.stdout || String(error),
    );
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A bundler's warning is a finding: something would need configuring. */
function refuse(_level: string, log: { message: string }): void {
  throw new Error(`rolldown: ${log.message}`);
}
