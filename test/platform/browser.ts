/** Headless Chromium on a site of its own, with the headers that a test asks for. */
import { createServer, type Server } from "node:http";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright";

const LIMIT_MS = 30_000;

const FLAGS = "--headless=new --no-sandbox --disable-quic --no-first-run --disable-background-networking".split(" ");
FLAGS.push("--disable-component-update", "--disable-sync");

const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const policy = (script: string): Record<string, string> => ({
  ...ISOLATED,
  "Content-Security-Policy": `default-src 'self'; script-src ${script}; worker-src 'self'`,
});

/** The same site under several addresses: the first part of the path chooses the headers. */
const HEADERS = {
  plain: {},
  isolated: ISOLATED,
  policy: policy("'self' 'wasm-unsafe-eval'"),
  "no-wasm": policy("'self'"),
} satisfies Record<string, Record<string, string>>;

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

function serve(site: string): Promise<Server> {
  const server = createServer((request, response) => {
    const [, headers, name] = /^\/([^/]+)\/([^/?]*)/.exec(request.url ?? "") ?? [];
    const file = join(site, name === "" ? "index.html" : (name ?? ""));
    if (!Object.hasOwn(HEADERS, headers ?? "") || name === undefined || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, ...HEADERS[headers as keyof typeof HEADERS] });
    response.end(readFileSync(file));
  });
  return new Promise((resolve) => void server.listen(0, "127.0.0.1", () => resolve(server)));
}

export class Browser {
  readonly #server: Server;
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(server: Server, context: BrowserContext, profile: string) {
    this.#server = server;
    this.#context = context;
    this.#profile = profile;
  }

  static async start(executablePath: string, site: string): Promise<Browser> {
    const server = await serve(site);
    const profile = mkdtempSync(join(tmpdir(), "hiddenstate-chromium-"));
    try {
      const context = await chromium.launchPersistentContext(profile, {
        executablePath,
        headless: true,
        timeout: LIMIT_MS,
        ignoreDefaultArgs: ["--headless"],
        args: FLAGS,
      });
      context.setDefaultTimeout(LIMIT_MS);
      return new Browser(server, context, profile);
    } catch (error) {
      server.close();
      rmSync(profile, { recursive: true, force: true });
      throw error;
    }
  }

  /** Open the site under the given headers, do something with the page, close it. */
  async visit<Result>(headers: keyof typeof HEADERS, use: (page: Page) => Promise<Result>): Promise<Result> {
    const page = await this.#context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    try {
      const { port } = this.#server.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/${headers}/`);
      await page.waitForFunction("globalThis.page !== undefined");
      return await use(page);
    } catch (error) {
      throw problems.length === 0 ? error : new Error(`${String(error)}\nThe page said: ${problems.join("\n")}`);
    } finally {
      await page.close();
    }
  }

  /** Version, as "Chromium 156.0". */
  get version(): string {
    return `Chromium ${this.#context.browser()?.version() ?? ""}`;
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true });
  }
}
